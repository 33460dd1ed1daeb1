import { readDuration } from "./duration.ts";
import { usageError } from "./usage-error.ts";

/**
 * Reads a moment: RFC 3339 (`2026-06-15T03:10:37Z`), a date, seconds since 1970, or how long ago it was (`10m`).
 * Returns what the API takes: RFC 3339 as it was given, to the nanosecond, or seconds since 1970.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseMoment(text: string, flag: string, now: Date = new Date()): string {
  if (/^\d+(\.\d{1,9})?$/.test(text)) return text;
  const ago = readDuration(text);
  if (ago !== undefined) return new Date(now.getTime() - ago).toISOString();
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return `${text}T00:00:00Z`;
  const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  if (pattern.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw usageError(
    `Cannot use "${text}" for ${flag}: it is no moment`,
    "ERR_INVALID_FLAG",
    "Write 2026-06-15T03:10:37Z, seconds since 1970, or how long ago it was: 10m",
  );
}
