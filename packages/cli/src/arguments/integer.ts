import { usageError } from "./usage-error.ts";

/** The bounds of {@linkcode parseInteger}, both allowed. */
export interface IntegerBounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Reads a whole number.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseInteger(text: string, flag: string, bounds: IntegerBounds): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min && value <= bounds.max)) {
    const above = bounds.max === Number.MAX_SAFE_INTEGER ? " or more" : ` to ${bounds.max}`;
    throw usageError(
      `Cannot use "${text}" for ${flag}: it is no whole number, ${bounds.min}${above}`,
      "ERR_INVALID_FLAG",
    );
  }
  return value;
}
