import { usageError } from "./usage-error.ts";

/**
 * Reads a number of bytes: `1048576`, `512k`, `64M`, `1.5GiB`; units are powers of 1024, as with runc and Docker.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseSize(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)\s?([kmgt]?)(i?b)?$/i.exec(text);
  const exponent = " kmgt".indexOf(match?.[2]?.toLowerCase() || " ");
  const bytes = Math.floor(Number(match?.[1] ?? Number.NaN) * 1024 ** exponent);
  if (!Number.isSafeInteger(bytes)) {
    throw usageError(
      `Cannot use "${text}" for ${flag}: it is no number of bytes`,
      "ERR_INVALID_FLAG",
      "Write bytes, or a number with k, m, g or t: 64m",
    );
  }
  return bytes;
}

/** As {@linkcode parseSize}; `-1` and `max` mean no limit, which config.json writes as -1. */
export function parseSizeLimit(text: string, flag: string): number {
  return text === "-1" || text === "max" ? -1 : parseSize(text, flag);
}
