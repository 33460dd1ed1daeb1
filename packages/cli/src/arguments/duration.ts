import { usageError } from "./usage-error.ts";

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a length of time: `10` (seconds), `1.5s`, `500ms`, `1h30m`. Returns milliseconds.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseDuration(text: string, flag: string): number {
  const total = readDuration(text);
  if (total === undefined) {
    throw usageError(
      `Cannot use "${text}" for ${flag}: it is no length of time`,
      "ERR_INVALID_FLAG",
      "Write seconds, or a number with ms, s, m, h or d: 10, 500ms, 1h30m",
    );
  }
  return total;
}

/** Reads a length of time in milliseconds; `undefined` when `text` is none. */
export function readDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(number) * (unitsMs[unit] ?? 0);
  }
  return total;
}
