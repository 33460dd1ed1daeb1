import { usageError } from "./usage-error.ts";

/**
 * Reads labels: `key=value`, or `key` for an empty value.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseLabels(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [key = "", ...value] = entry.split("=");
      if (key === "") {
        throw usageError(
          `Cannot use "${entry}" for --label: it has no key`,
          "ERR_INVALID_FLAG",
          "Write key=value",
        );
      }
      return [key, value.join("=")];
    }),
  );
}
