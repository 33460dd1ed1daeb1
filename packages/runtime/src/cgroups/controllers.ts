import { ContainerError, type LinuxResources } from "@ctr/spec";
import { isErrno } from "../kernel/system-call-error.ts";
import type { ControlFiles } from "./control-files.ts";

/**
 * Lets the children of a cgroup of version 2 use every controller that it has itself.
 *
 * What cannot be enabled is left out: a limit that needs it fails later and names its field.
 */
export function enableControllers(files: ControlFiles): void {
  const words = (file: string): string[] => files.readIfExists(file)?.split(" ") ?? [];
  const enabled = new Set(words("cgroup.subtree_control"));
  const missing = words("cgroup.controllers").filter((name) => name !== "" && !enabled.has(name));
  if (missing.length === 0 || enable(files, missing)) return;
  for (const name of missing) enable(files, [name]);
}

function enable(files: ControlFiles, names: readonly string[]): boolean {
  try {
    files.put("cgroup.subtree_control", names.map((name) => `+${name}`).join(" "));
    return true;
  } catch (error) {
    if (isErrno(error, "EBUSY", "EACCES", "EPERM", "ENOENT", "EINVAL", "EOPNOTSUPP", "EROFS")) {
      return false;
    }
    throw error;
  }
}

/**
 * Makes sure that processes can join a cgroup of version 2 below one that has processes itself: such a cgroup can hold
 * threads only, and then has only the controllers that work for threads.
 *
 * @throws {ContainerError} ERR_CGROUP_CREATE when limits need the others
 * @see cgroups(7), "Thread mode"
 */
export function makeJoinable(files: ControlFiles, resources: LinuxResources): void {
  const type = files.readIfExists("cgroup.type");
  if (type === undefined || type === "domain") return;
  const { memory, blockIO, cpu, hugepageLimits } = resources;
  const needsDomain = [memory, blockIO, cpu, hugepageLimits].some((limit) => limit !== undefined);
  if (needsDomain) {
    throw new ContainerError(
      `Cannot use the cgroup ${files.directory} (linux.cgroupsPath) with limits of memory, CPU or block I/O: it is "${type}"`,
      {
        code: "ERR_CGROUP_CREATE",
        kind: "conflict",
        pointer: "/linux/cgroupsPath",
        hint: "A cgroup above it has processes of its own: choose a path below one that has none",
      },
    );
  }
  if (type === "domain invalid") files.put("cgroup.type", "threaded");
}
