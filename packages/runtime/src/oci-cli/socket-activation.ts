/** Sockets that systemd has opened for the container. @see sd_listen_fds(3) */

import type { Config } from "@ctr/spec";

/** How many there are: descriptors from 3 on. */
export function listenFds(): number {
  const { LISTEN_FDS = "0", LISTEN_PID = "" } = process.env;
  // Variables that were meant for somebody who started us are not for us.
  if (LISTEN_PID !== "" && Number(LISTEN_PID) !== process.pid) return 0;
  const count = Number(LISTEN_FDS);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

/** Tells the container's first process of them. */
export function withListenFds(config: Config): Config {
  const count = listenFds();
  if (count === 0) return config;
  const { process: own = { cwd: "/" } } = config;
  const { LISTEN_FDNAMES: names } = process.env;
  const env = [
    `LISTEN_FDS=${count}`,
    "LISTEN_PID=1",
    ...(names === undefined ? [] : [`LISTEN_FDNAMES=${names}`]),
  ];
  return { ...config, process: { ...own, env: [...(own.env ?? []), ...env] } };
}
