/** The list verb. @see runc-list(8) */

import { statSync } from "node:fs";
import { type Annotations, ContainerError } from "@ctr/spec";
import { exists, readTextIfExists } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type Runtime, type RuntimeOptions, runtimeOf } from "./runtime-options.ts";
import { type Status, statusOf } from "./state/state.ts";
import { containerNotFound, listContainerIds, StateDirectory } from "./state/state-directory.ts";

/** A line of `list`. */
export interface ContainerSummary {
  readonly id: string;
  /** Host pid; 0 once it has ended. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  readonly annotations: Annotations;
  /** Name of the user who created it, or `#` and the uid. */
  readonly owner: string;
}

/**
 * Lists all containers below the runtime's root, by id; one that is just being made or removed may be missing. One whose
 * state is damaged is missing, too, and warned about: it hides no other.
 */
export function list(options: RuntimeOptions = {}): ContainerSummary[] {
  const runtime = runtimeOf(options);
  return listContainerIds(runtime.kernel, runtime.root).flatMap((id) => {
    const summary = summarizeIfWhole(runtime, id);
    return summary === undefined ? [] : [summary];
  });
}

/**
 * Returns what `list` says of one container.
 *
 * @throws {ContainerError} ERR_CONTAINER_NOT_FOUND
 */
export function summaryOf(id: string, options: RuntimeOptions = {}): ContainerSummary {
  const runtime = runtimeOf(options);
  const summary = summarize(runtime, id);
  if (summary === undefined) throw containerNotFound(id, runtime.root);
  return summary;
}

function summarizeIfWhole(runtime: Runtime, id: string): ContainerSummary | undefined {
  try {
    return summarize(runtime, id);
  } catch (error) {
    if (!(error instanceof ContainerError) || error.code !== "ERR_STATE_DAMAGED") throw error;
    const isThere = exists(runtime.kernel, `${runtime.root}/${id}/state.json`);
    if (isThere) runtime.warn(error.message);
    return undefined;
  }
}

function summarize({ kernel, root }: Runtime, id: string): ContainerSummary | undefined {
  const directory = new StateDirectory(kernel, root, id);
  const state = directory.readState();
  if (state === undefined) return undefined;
  const status = statusOf(kernel, directory, state);
  const owner = statSync(directory.path, { throwIfNoEntry: false });
  if (owner === undefined) return undefined;
  return {
    id,
    pid: status === "stopped" ? 0 : state.pid,
    status,
    bundle: state.bundle,
    rootfs: state.rootfs,
    created: state.created,
    annotations: directory.readConfig().annotations ?? {},
    owner: userName(kernel, owner.uid),
  };
}

function userName(kernel: Kernel, uid: number): string {
  const line = (readTextIfExists(kernel, "/etc/passwd") ?? "")
    .split("\n")
    .find((entry) => entry.split(":")[2] === String(uid));
  return line?.split(":")[0] ?? `#${uid}`;
}
