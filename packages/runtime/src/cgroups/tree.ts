import { listDirectory, readTextIfExists, removeDirectory } from "../kernel/file.ts";
import { type Kernel, SystemCallError } from "../kernel/kernel.ts";
import { isErrno } from "../kernel/system-call-error.ts";

/** Returns a cgroup and all below it, a parent before its children; nothing when it does not exist. */
export function listCgroups(kernel: Kernel, path: string): string[] {
  const children = listDirectory(kernel, path).filter(({ isDirectory }) => isDirectory);
  return [path, ...children.flatMap(({ name }) => listCgroups(kernel, `${path}/${name}`))];
}

/**
 * Reads which processes are in a cgroup, not those below it; a cgroup that is gone has none.
 *
 * @returns process ids of our pid namespace
 */
export function readCgroupPids(kernel: Kernel, path: string): number[] {
  let text: string | undefined;
  try {
    text = readTextIfExists(kernel, `${path}/cgroup.procs`);
  } catch (error) {
    // A threaded cgroup of version 2 has threads only.
    if (!isErrno(error, "EOPNOTSUPP")) throw error;
    text = readTextIfExists(kernel, `${path}/cgroup.threads`);
  }
  return (text ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
}

/** Reads which processes are in a cgroup and all below it. */
export function readTreePids(kernel: Kernel, path: string): number[] {
  return listCgroups(kernel, path).flatMap((each) => readCgroupPids(kernel, each));
}

/** How long a cgroup may take to become free once its last process has ended. */
const removeDeadlineMs = 10_000;

/**
 * Removes a cgroup and all below it. A process that has just ended keeps its cgroup busy for a moment, so it is tried
 * again until a deadline.
 *
 * @throws {SystemCallError} EBUSY when processes are left, or what else rmdir(2) says
 */
export async function removeTree(kernel: Kernel, path: string): Promise<void> {
  const deadline = performance.now() + removeDeadlineMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const error = tryRemoveTree(kernel, path);
    if (error === undefined) return;
    if (error.errno !== "EBUSY" || performance.now() >= deadline) throw error;
    await Bun.sleep(pauseMs);
  }
}

/** Removes a cgroup and all below it, once; returns why it could not. */
export function tryRemoveTree(kernel: Kernel, path: string): SystemCallError | undefined {
  try {
    removeDirectory(kernel, path);
    return undefined;
  } catch {
    // It may have children, or a file system that is read-only may refuse even what does not exist: then it is not listed.
  }
  try {
    for (const each of listCgroups(kernel, path).toReversed()) removeDirectory(kernel, each);
    return undefined;
  } catch (error) {
    if (error instanceof SystemCallError) return error;
    throw error;
  }
}
