import { ContainerError } from "@ctr/spec";
import type { ContainerStatus, StopRequest } from "../contract/container.ts";
import { initProcessId, type ProcessExit } from "../contract/process.ts";
import { within } from "./deadline.ts";
import type { ProcessTable } from "./process-table.ts";
import { killTimeout } from "./service-errors.ts";

/** How long something that was killed may take to be gone. */
export const killTimeoutMs = 10_000;
/** How long it may take until the end of something that has ended by itself is told. */
const endTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;

/** What it takes to bring a container to an end. */
export interface Stoppable {
  readonly id: string;
  readonly status: ContainerStatus;
  readonly processes: ProcessTable;
  kill(processId: string, signal: string | number, all?: boolean): Promise<void>;
  refresh(): Promise<void>;
  resume(): Promise<void>;
}

/** Asks the first process to end, kills everything when it does not in time, and returns how it ended. */
export async function stopContainer(
  container: Stoppable,
  request: StopRequest,
): Promise<ProcessExit> {
  const { init } = container.processes;
  if (init.exit !== undefined) return await init.exited;
  await container.refresh();
  // What is frozen cannot act upon a signal.
  if (container.status === "paused") await container.resume();
  await killUnlessEnded(container, request.signal ?? "SIGTERM", false);
  const exit = await within(init.exited, request.timeoutMs ?? stopTimeoutMs);
  return exit ?? (await killContainer(container));
}

/**
 * Kills every process of a container, and returns how the first ended.
 *
 * @throws {ContainerError} ERR_KILL_TIMEOUT.
 */
export async function killContainer(container: Stoppable): Promise<ProcessExit> {
  await killUnlessEnded(container, "SIGKILL", true);
  const exit = await within(container.processes.init.exited, killTimeoutMs);
  if (exit === undefined) throw killTimeout(container.id);
  return exit;
}

async function killUnlessEnded(
  container: Stoppable,
  signal: string | number,
  all: boolean,
): Promise<void> {
  try {
    await container.kill(initProcessId, signal, all);
  } catch (error) {
    const { init } = container.processes;
    // It has ended by itself; that is told when its output is handed on, its status on the disk and the cgroup gone.
    const mayEnd =
      error instanceof ContainerError && ["conflict", "unavailable"].includes(error.kind);
    if (mayEnd) {
      await within(
        init.exited.catch(() => undefined),
        endTimeoutMs,
      );
    }
    if (init.exit === undefined) throw error;
  }
}
