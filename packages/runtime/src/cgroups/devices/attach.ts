import { ContainerError } from "@ctr/spec";
import {
  attachDeviceProgram,
  detachDeviceProgram,
  listDevicePrograms,
  loadDeviceProgram,
  openProgram,
} from "../../kernel/bpf.ts";
import type { FileDescriptor } from "../../kernel/fd.ts";
import { open } from "../../kernel/file.ts";
import { type Kernel, SystemCallError } from "../../kernel/kernel.ts";
import { isErrno } from "../../kernel/system-call-error.ts";
import { compileDeviceProgram } from "./program.ts";
import type { DeviceRule } from "./rule.ts";

/**
 * Puts a device program on a cgroup of version 2 in place of those that are on it. Processes are never without one.
 *
 * @throws {ContainerError} ERR_CGROUP_UNSUPPORTED or ERR_CGROUP_LIMIT
 * @see cgroups(7); bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE
 */
export function attachDeviceRules(
  kernel: Kernel,
  directory: string,
  rules: readonly DeviceRule[],
): void {
  try {
    using stack = new DisposableStack();
    const cgroup = stack.use(open(kernel, directory, ["O_RDONLY", "O_DIRECTORY"])).number;
    const program = stack.use(loadDeviceProgram(kernel, compileDeviceProgram(rules))).number;
    const old = openAttached(kernel, cgroup, stack);
    const [only, ...others] = old;
    if (only !== undefined && others.length === 0) {
      attachDeviceProgram(kernel, cgroup, program, only.number);
      return;
    }
    attachDeviceProgram(kernel, cgroup, program);
    for (const each of old) detachDeviceProgram(kernel, cgroup, each.number);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    const unsupported = isErrno(error, "ENOSYS", "EINVAL");
    throw new ContainerError(
      `Cannot set the device rules (linux.resources.devices) of ${directory}: ${error.message}`,
      {
        code: unsupported ? "ERR_CGROUP_UNSUPPORTED" : "ERR_CGROUP_LIMIT",
        kind: unsupported ? "unsupported" : "forbidden",
        pointer: "/linux/resources/devices",
        hint: unsupported
          ? "The kernel needs CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL"
          : "It needs root, or CAP_BPF and CAP_NET_ADMIN, in the first user namespace",
        cause: error,
      },
    );
  }
}

/** Those that we may not look at stay: they can only forbid more. */
function openAttached(kernel: Kernel, cgroup: number, stack: DisposableStack): FileDescriptor[] {
  return listDevicePrograms(kernel, cgroup).flatMap((id) => {
    try {
      return [stack.use(openProgram(kernel, id))];
    } catch (error) {
      if (isErrno(error, "EACCES", "EPERM", "ENOENT")) return [];
      throw error;
    }
  });
}
