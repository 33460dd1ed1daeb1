/**
 * Cgroups of version 2 that are given to somebody.
 *
 * @see cgroups(7), "Cgroup delegation: delegating a hierarchy to a less privileged user"
 * @module
 */

import { makeDirectory, readTextIfExists } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";
import { ControlFiles } from "./control-files.ts";
import { enableControllers } from "./controllers.ts";
import { readCgroupPids } from "./tree.ts";

/** Whose a cgroup is to be, in ids of the host. */
export interface CgroupOwner {
  readonly uid: number;
  readonly gid: number;
}

const delegateFile = "/sys/kernel/cgroup/delegate";
const delegatedFiles = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";

/**
 * Lets somebody make cgroups below this one and move processes among them. Limits stay ours.
 */
export function giveAway(kernel: Kernel, path: string, { uid, gid }: CgroupOwner): void {
  const files = (readTextIfExists(kernel, delegateFile) ?? delegatedFiles).trim().split("\n");
  for (const place of [path, ...files.map((file) => `${path}/${file}`)]) {
    try {
      kernel.call("fchownat", value("AT_FDCWD"), place, uid, gid, 0);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}

/**
 * Makes a cgroup below one, moves its processes there and gives it away, with every controller that can be: limits of the
 * one above hold for all that its owner makes of it.
 *
 * @param name of the new directory
 */
export function delegateBelow(
  kernel: Kernel,
  directory: string,
  name: string,
  owner: CgroupOwner,
): void {
  const below = `${directory}/${name}`;
  makeDirectory(kernel, below, 0o755);
  giveAway(kernel, below, owner);
  const procs = new ControlFiles(kernel, below, "cgroup");
  for (const pid of readCgroupPids(kernel, directory)) procs.put("cgroup.procs", String(pid));
  // Not before: a cgroup with controllers for its children takes no processes.
  enableControllers(new ControlFiles(kernel, directory, "cgroup"));
}
