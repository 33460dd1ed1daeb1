/**
 * Mappings of a new user namespace for which the configuration has none: they are optional there.
 *
 * @see config-linux.md, "User namespace mappings"; subuid(5), subgid(5)
 * @module
 */

import { userInfo } from "node:os";
import type { Config, LinuxIdMapping } from "@ctr/spec";
import { readTextIfExists } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";

/** Who runs the runtime: an id, and the ids that are delegated to it. */
export interface OwnIds {
  readonly id: number;
  /** The first range of /etc/subuid or /etc/subgid that may be used. */
  readonly range: { readonly start: number; readonly count: number } | undefined;
}

/**
 * Adds the mappings that are missing: the id that the process has in the container is the runtime's own, and all others
 * are those that are delegated to it.
 *
 * @param ids tells whose ids they are; asked only when mappings are missing
 */
export function withDefaultIdMappings(
  config: Config,
  ids: (kind: "uid" | "gid") => OwnIds,
): Config {
  const isNew = config.linux?.namespaces?.some(
    ({ type, path = "" }) => type === "user" && path === "",
  );
  if (isNew !== true) return config;
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const { uid = 0, gid = 0 } = config.process?.user ?? {};
  return {
    ...config,
    linux: {
      ...config.linux,
      uidMappings: uidMappings.length === 0 ? defaultMappings(uid, ids("uid")) : uidMappings,
      gidMappings: gidMappings.length === 0 ? defaultMappings(gid, ids("gid")) : gidMappings,
    },
  };
}

function defaultMappings(inside: number, { id, range }: OwnIds): LinuxIdMapping[] {
  const own = { containerID: inside, hostID: id, size: 1 };
  // The file system is set up as root: without delegated ids, that is who it has to be.
  if (range === undefined) return [{ ...own, containerID: 0 }];
  const below = Math.min(inside, range.count);
  return [
    { containerID: 0, hostID: range.start, size: below },
    own,
    { containerID: inside + 1, hostID: range.start + below, size: range.count - below },
  ].filter(({ size }) => size > 0);
}

/** Returns our own id and what is delegated to us, as far as somebody can map it: an ordinary user needs a helper for that. */
export function ownIds(kernel: Kernel, rootless: boolean, kind: "uid" | "gid"): OwnIds {
  const id = (kind === "uid" ? process.geteuid?.() : process.getegid?.()) ?? 0;
  const canMap = !rootless || Bun.which(`new${kind}map`) !== null;
  const ranges = canMap ? (readTextIfExists(kernel, `/etc/sub${kind}`) ?? "") : "";
  return { id, range: delegatedRange(ranges, userInfo().username, process.geteuid?.() ?? 0) };
}

/** Returns the first range of a user in the text of /etc/subuid or /etc/subgid, which name him or his number. */
export function delegatedRange(text: string, name: string, uid: number): OwnIds["range"] {
  for (const line of text.split("\n")) {
    const [user, start, count] = line.trim().split(":");
    if ((user === name || user === String(uid)) && /^\d+$/.test(start ?? "")) {
      return { start: Number(start), count: Number(count) };
    }
  }
  return undefined;
}
