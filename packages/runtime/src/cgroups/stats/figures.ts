/**
 * Short forms for reading figures.
 *
 * @module
 */

import type { ControlFiles } from "../control-files.ts";
import { parseUint64, type Uint64 } from "./uint64.ts";

/** Reads a count; a file that is missing counts as 0. */
export function readCount(files: ControlFiles, name: string): Uint64 {
  return parseUint64(files.readIfExists(name) ?? "0");
}

/** Returns an object without the fields that are 0, empty or absent. */
export function withoutZeros<T extends object>(figures: T): Partial<T> {
  const kept = Object.entries(figures).filter(([, value]) => !isZero(value));
  return Object.fromEntries(kept) as Partial<T>;
}

function isZero(value: unknown): boolean {
  return (
    value === undefined ||
    value === 0 ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** Returns a list of figures as one object, unless all of them are 0 or absent. */
export function unlessZero<T extends object>(figures: T): T | undefined {
  return Object.values(figures).every(isZero) ? undefined : figures;
}
