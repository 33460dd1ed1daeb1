import { ContainerError } from "@ctr/spec";
import type { ContainerStatus } from "../contract/container.ts";

export function containerNotFound(id: string): ContainerError {
  return new ContainerError(`Cannot find container "${id}"`, {
    code: "ERR_CONTAINER_NOT_FOUND",
    kind: "notFound",
  });
}

export function containerExists(id: string): ContainerError {
  return new ContainerError(`Cannot create container "${id}": it exists`, {
    code: "ERR_CONTAINER_EXISTS",
    kind: "conflict",
    hint: "Delete the container, or choose another id",
  });
}

export function processNotFound(id: string, processId: string): ContainerError {
  return new ContainerError(`Cannot find process "${processId}" in container "${id}"`, {
    code: "ERR_PROCESS_NOT_FOUND",
    kind: "notFound",
  });
}

/** `what`: what could not be done, as `pause`. */
export function wrongStatus(
  what: string,
  id: string,
  status: ContainerStatus,
  hint?: string,
): ContainerError {
  return new ContainerError(`Cannot ${what} container "${id}": it is ${status}`, {
    code: "ERR_CONTAINER_STATUS",
    kind: "conflict",
    ...(hint === undefined ? {} : { hint }),
  });
}

/** `what`: what could not be done, as `attach to`. */
export function processNotRunning(what: string, id: string, processId: string): ContainerError {
  return new ContainerError(
    `Cannot ${what} process "${processId}" in container "${id}": it does not run`,
    { code: "ERR_PROCESS_NOT_RUNNING", kind: "conflict" },
  );
}

/** A container whose shim has died, and whose cleaning up has failed. */
export function shimLost(id: string): ContainerError {
  return new ContainerError(`Cannot reach container "${id}": its shim has died`, {
    code: "ERR_SHIM_GONE",
    kind: "unavailable",
    hint: "Delete the container with force",
  });
}

/** A container that was killed and does not end. */
export function killTimeout(id: string): ContainerError {
  return new ContainerError(`Cannot end container "${id}": it was killed and is still there`, {
    code: "ERR_KILL_TIMEOUT",
    kind: "unavailable",
    hint: "A process can hang in the kernel; try again",
  });
}

/** A shim that does not end although its container has. */
export function shimStuck(id: string): ContainerError {
  return new ContainerError(`Cannot delete container "${id}": its shim does not end`, {
    code: "ERR_SHIM_STUCK",
    kind: "unavailable",
    hint: "Delete it with force",
  });
}

/** A process whose output is kept nowhere. */
export function noLog(id: string, processId: string): ContainerError {
  return new ContainerError(
    `Cannot read the log of process "${processId}" in container "${id}": its output is not kept`,
    {
      code: "ERR_NO_LOG",
      kind: "conflict",
      hint: "Create it with a log, or attach to it",
    },
  );
}
