/** The delete verb. @see runtime.md, "Delete" */

import { ContainerError } from "@ctr/spec";
import type { Cgroup } from "../cgroups/index.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { waitReadable } from "../kernel/poll.ts";
import { value } from "../machine/constants.ts";
import { cgroupOf, removeCgroup } from "./container-cgroup.ts";
import { removeIntelRdt } from "./intel-rdt.ts";
import { openProcess, signalProcess } from "./kill.ts";
import { unbindRootfs } from "./mounts/rootfs-mount.ts";
import type { ExitWatch } from "./process/exits.ts";
import type { Status } from "./state/state.ts";
import type { StateDirectory, StateDocument } from "./state/state-directory.ts";

/** How {@linkcode deleteContainer} goes about it. */
export interface DeleteRequest {
  /** End what runs. */
  readonly force: boolean;
  /** The end of the first process, when it is our child. */
  readonly exit: ExitWatch | undefined;
}

const deadlineMs = 10_000;

/** Ends what may be ended, and removes cgroup and state. */
export async function deleteContainer(
  kernel: Kernel,
  directory: StateDirectory,
  state: StateDocument,
  status: Status,
  { force, exit }: DeleteRequest,
): Promise<void> {
  if (!force && (status === "running" || status === "paused" || status === "creating")) {
    throw new ContainerError(
      `Cannot delete container "${state.id}": cannot delete container that is not stopped: ${status}`,
      {
        code: "ERR_CONTAINER_RUNNING",
        kind: "conflict",
        hint: "Kill it first, or use --force",
      },
    );
  }
  const cgroup = cgroupOf(kernel, state);
  if (status !== "stopped" && status !== "creating") {
    await end(kernel, state, cgroup, status, exit);
  }
  // Without a pid namespace of its own, what the first process has left behind lives on.
  if (cgroup.pids(true).length > 0) cgroup.kill(value("SIGKILL"));
  if (state.rootfsMount !== undefined) unbindRootfs(kernel, state.rootfs, state.rootfsMount);
  await removeCgroup(kernel, state);
  removeIntelRdt(kernel, state.intelRdt);
  directory.remove();
}

async function end(
  kernel: Kernel,
  state: StateDocument,
  cgroup: Cgroup,
  status: Status,
  exit: ExitWatch | undefined,
): Promise<void> {
  using pidfd = openProcess(kernel, state);
  if (pidfd === undefined) return;
  signalProcess(kernel, state, value("SIGKILL"));
  if (status === "paused") await cgroup.thaw();
  if (exit !== undefined) {
    await exit.exited;
    return;
  }
  // Its parent reaps it; that it has ended is all that we need.
  if (!(await hasEnded(kernel, pidfd.number))) {
    throw new ContainerError(
      `Cannot end container "${state.id}": its first process did not end within 10 s of SIGKILL`,
      {
        code: "ERR_CONTAINER_RUNNING",
        kind: "unavailable",
        hint: "It may wait for a device or a network file system; try again",
      },
    );
  }
}

/** Processes that we executed in the container are ours to reap before its first one can end: the thread is not held. */
async function hasEnded(kernel: Kernel, pidfd: number): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  for (let pauseMs = 1; !waitReadable(kernel, pidfd, 0); pauseMs = Math.min(pauseMs * 2, 20)) {
    if (performance.now() > deadline) return false;
    await Bun.sleep(pauseMs);
  }
  return true;
}
