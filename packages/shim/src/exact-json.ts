/**
 * JSON with whole numbers of any size: what JavaScript's numbers cannot hold is a bigint, as in the figures of a container.
 *
 * @module
 */

/** Writes a value as JSON; bigints become their digits. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "bigint" ? JSON.rawJSON(String(each)) : each,
  );
}

/** Reads JSON; whole numbers above 2^53 and below -2^53 become bigints. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_: string, each: unknown, context?: { readonly source?: string }) =>
    typeof each === "number" && !Number.isSafeInteger(each) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context?.source ?? 0)
      : each,
  );
}
