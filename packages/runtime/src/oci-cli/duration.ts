/** Durations on the command line. */

import { usageError } from "./flags.ts";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as Go does: `5s`, `1m30s`, `500ms`.
 *
 * @returns milliseconds, more than 0
 * @throws {ContainerError} ERR_USAGE, which names the flag
 */
export function durationMs(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0),
    0,
  );
  if (parts.map(([whole]) => whole).join("") === text && total > 0) return total;
  throw usageError(`Cannot use "${text}" for --${flag}`, "Use for example 5s or 500ms");
}
