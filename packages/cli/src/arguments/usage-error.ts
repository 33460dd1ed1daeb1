import { ContainerError, type ErrorCode } from "@ctr/spec";

/** Makes the error of a command line that cannot be understood. */
export function usageError(message: string, code: ErrorCode, hint?: string): ContainerError {
  return new ContainerError(message, {
    code,
    kind: "invalid",
    ...(hint === undefined ? {} : { hint }),
  });
}
