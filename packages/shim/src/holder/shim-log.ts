import { ContainerError } from "@ctr/spec";
import { shimFiles } from "../protocol.ts";
import { appendText } from "../system/file.ts";

/** Writes a line to the shim's log of a process; never fails. */
export function logTo(directory: string, level: "error" | "warning" | "info", msg: string): void {
  const line = JSON.stringify({ level, msg, time: new Date().toISOString() });
  try {
    appendText(`${directory}/${shimFiles.shimLog}`, `${line}\n`);
  } catch {
    // A full disk must not end the shim.
  }
}

/** Returns what an error says, with what caused it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` (${describeError(error.cause)})`;
  return `${error instanceof ContainerError ? "" : `${error.name}: `}${error.message}${cause}`;
}

/** Returns an error as a `ContainerError`: what nobody has thought of becomes ERR_SHIM_FAILED. */
export function toContainerError(error: unknown): ContainerError {
  if (error instanceof ContainerError) return error;
  return new ContainerError(`Cannot go on: ${describeError(error)}`, {
    code: "ERR_SHIM_FAILED",
    kind: "internal",
    cause: error,
  });
}
