import type { Container, ContainerStatus } from "../contract/container.ts";
import type { ContainerState } from "./container-state.ts";
import type { ProcessTable } from "./process-table.ts";

/** Returns the form in which the API shows a container. */
export function containerDocument(
  state: ContainerState,
  status: ContainerStatus,
  started: Date | undefined,
  processes: ProcessTable,
): Container {
  const { id, bundle, runtime, labels, created, removeOnExit, log } = state;
  const { exit } = processes.init;
  return {
    id,
    bundle,
    runtime,
    status,
    labels,
    created,
    ...(started === undefined ? {} : { started: started.toISOString() }),
    removeOnExit,
    processes: [...processes.values()].map((record) => record.toDocument()),
    ...(exit === undefined ? {} : { exit }),
    ...(log === undefined ? {} : { logPath: log.path }),
  };
}
