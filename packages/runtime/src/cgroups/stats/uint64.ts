/** A count of up to 64 bits: a number where it is exact, else a bigint. Both compare with `<` and the like. */
export type Uint64 = number | bigint;

/** What stands for "no limit" in files of version 2. */
export const uint64Max: Uint64 = 2n ** 64n - 1n;

/** Reads a count as control files have it; `max` is the highest, and what is below 0 counts as 0. */
export function parseUint64(text: string): Uint64 {
  const word = text.trim();
  if (word === "max") return uint64Max;
  return /^\d+$/.test(word) ? exact(BigInt(word)) : 0;
}

/** Adds counts. */
export function add(a: Uint64, b: Uint64): Uint64 {
  return exact(BigInt(a) + BigInt(b));
}

/** Multiplies counts. */
export function multiply(a: Uint64, b: number): Uint64 {
  return exact(BigInt(a) * BigInt(b));
}

function exact(value: bigint): Uint64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Reads a file of lines `KEY VALUE`. */
export function parseKeyed(text: string): Record<string, Uint64> {
  const entries: Record<string, Uint64> = {};
  for (const line of text.split("\n")) {
    const [key = "", value = ""] = line.split(" ");
    if (value !== "") entries[key] = parseUint64(value);
  }
  return entries;
}

declare global {
  interface JSON {
    /** Stands for this text, unchanged, in what JSON.stringify() writes; TypeScript's library does not know it yet. */
    rawJSON(text: string): unknown;
  }
}

/** Writes figures, or what contains them, as JSON: like JSON.stringify(), with the digits of bigints in place of an error. */
export function stringifyStats(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "bigint" ? JSON.rawJSON(String(each)) : each,
  );
}
