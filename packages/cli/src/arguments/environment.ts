import { usageError } from "./usage-error.ts";

/**
 * Reads entries of an environment: `NAME=value`, or `NAME` for the value that it has here; without one it is left out.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseEnvironment(
  entries: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): string[] {
  return entries.flatMap((entry) => {
    const equals = entry.indexOf("=");
    if (equals === 0 || entry === "" || entry.includes("\0")) {
      throw usageError(
        `Cannot use "${entry}" for --env: it names no variable`,
        "ERR_INVALID_FLAG",
        "Write NAME=value, or NAME for the value that it has here",
      );
    }
    if (equals > 0) return [entry];
    const value = own[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}
