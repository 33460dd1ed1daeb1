import { ContainerError } from "@ctr/spec";
import { Cgroup } from "../../cgroups/index.ts";
import { parseCgroupLayout } from "../../cgroups/layout.ts";
import { readText, readTextIfExists } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { linuxKernel } from "../../kernel/linux.ts";

/**
 * Returns the cgroup that a process is in, whoever made it: figures, and when its memory runs out.
 *
 * @param pid of another process
 * @throws {ContainerError} ERR_CGROUP_NOT_FOUND when there is no such process; ERR_CGROUP_UNSUPPORTED when it is in our own
 *   cgroup, whose figures would be ours
 * @see cgroups(7), /proc/PID/cgroup
 */
export function cgroupOfProcess(
  pid: number,
  kernel: Kernel = linuxKernel(),
): Pick<Cgroup, "isFrozen" | "stats" | "oomEvents" | "oomKills" | "openOomNotice"> {
  const mounts = readText(kernel, "/proc/self/mountinfo");
  const theirs = readTextIfExists(kernel, `/proc/${pid}/cgroup`);
  if (theirs === undefined || theirs === "") {
    throw new ContainerError(`Cannot find the cgroup of process ${pid}: there is no such process`, {
      code: "ERR_CGROUP_NOT_FOUND",
      kind: "notFound",
    });
  }
  if (theirs === readText(kernel, "/proc/self/cgroup")) {
    throw new ContainerError(`Cannot tell process ${pid} from ours: it is in the same cgroup`, {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
    });
  }
  const layout = parseCgroupLayout(mounts, theirs);
  const paths = layout.hierarchies.flatMap(({ controllers, own }) =>
    controllers.map((controller): [string, string] => [controller, own]),
  );
  return new Cgroup(kernel, layout.mode, Object.fromEntries(paths));
}
