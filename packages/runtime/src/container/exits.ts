/**
 * Learns of the end of our children: SIGCHLD says that there is one, waitid(2) on its pidfd which.
 * Never waits for any child, so those of others in this process (`Bun.spawn`) stay theirs.
 *
 * @module
 */

import type { Kernel } from "../kernel/kernel.ts";
import { type ExitStatus, reap } from "../kernel/wait.ts";

interface Watched {
  readonly kernel: Kernel;
  readonly pidfd: number;
  readonly ended: (status: ExitStatus) => void;
}

const watched = new Set<Watched>();
let keepAlive: ReturnType<typeof setInterval> | undefined;

/** Milliseconds; a timer that hardly ever runs: it keeps the process alive while a child is waited for. */
const farAway = 2 ** 30;

/**
 * Returns how a child ended, once it has. The child is reaped; the pidfd is closed.
 *
 * @param pidfd of a child of ours; given away
 */
export function exitOf(kernel: Kernel, pidfd: number): Promise<ExitStatus> {
  const { promise, resolve } = Promise.withResolvers<ExitStatus>();
  const entry: Watched = {
    kernel,
    pidfd,
    ended: (status) => {
      kernel.call("close", pidfd);
      resolve(status);
    },
  };
  if (watched.size === 0) {
    process.on("SIGCHLD", checkAll);
    keepAlive = setInterval(checkAll, farAway);
  }
  watched.add(entry);
  // It may have ended before we listened.
  check(entry);
  return promise;
}

function checkAll(): void {
  for (const entry of [...watched]) check(entry);
}

function check(entry: Watched): void {
  const status = reap(entry.kernel, entry.pidfd, "poll");
  if (status === undefined) return;
  watched.delete(entry);
  if (watched.size === 0) {
    process.off("SIGCHLD", checkAll);
    clearInterval(keepAlive);
  }
  entry.ended(status);
}
