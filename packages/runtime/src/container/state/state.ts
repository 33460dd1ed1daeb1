/** What a container is doing. @see runtime.md, "State" */

import { type Annotations, type ContainerStatus, ociVersion, type State } from "@ctr/spec";
import { exists } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isProcessAlive } from "../../kernel/process-stat.ts";
import { cgroupOf } from "../container-cgroup.ts";
import type { StateDirectory, StateDocument } from "./state-directory.ts";

/** A status of the specification, or `paused`. */
export type Status = ContainerStatus | "paused";

/** Looks at a container's process, its FIFO and its cgroup. */
export function statusOf(kernel: Kernel, directory: StateDirectory, state: StateDocument): Status {
  if (state.pid === 0) return "creating";
  if (!isProcessAlive(kernel, state.pid, state.startTime)) return "stopped";
  if (isPaused(kernel, state)) return "paused";
  return exists(kernel, directory.execFifo) ? "created" : "running";
}

function isPaused(kernel: Kernel, state: StateDocument): boolean {
  return Object.keys(state.cgroupPaths).length > 0 && cgroupOf(kernel, state).isFrozen();
}

/** What a container's state document is written from. */
export interface StateFacts {
  readonly id: string;
  readonly bundle: string;
  readonly pid: number;
  readonly annotations: Annotations | undefined;
}

/** Returns the document that hooks get. */
export function stateDocument(facts: StateFacts, status: ContainerStatus): State {
  return {
    ociVersion,
    id: facts.id,
    status,
    ...(status === "stopped" ? {} : { pid: facts.pid }),
    bundle: facts.bundle,
    ...(facts.annotations === undefined ? {} : { annotations: facts.annotations }),
  };
}
