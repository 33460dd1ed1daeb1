import { usageError } from "../arguments/usage-error.ts";

/** What Docker uses; readline has other uses for either key alone. */
export const defaultDetachKeys = "ctrl-p,ctrl-q";

/**
 * Reads a sequence of keys: `a`, `ctrl-p`, `ctrl-[`, separated by commas; empty for none. Returns the bytes that a
 * terminal sends for them.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === "") return new Uint8Array();
  return Uint8Array.from(text.split(","), (key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw usageError(
      `Cannot use "${key}" as a key that detaches`,
      "ERR_INVALID_FLAG",
      "Write single characters or ctrl- and a letter or one of @[\\]^_, with commas: ctrl-p,ctrl-q",
    );
  });
}

/** Looks for a sequence of keys in input, and holds back what may be its beginning. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** Returns the input that is not part of the sequence; `isDetached` once the sequence is complete. */
  scan(input: Uint8Array): { readonly data: Uint8Array; readonly isDetached: boolean } {
    if (this.#keys.length === 0) return { data: input, isDetached: false };
    const passed: number[] = [];
    for (const byte of input) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.length) {
          return { data: Uint8Array.from(passed), isDetached: true };
        }
        continue;
      }
      passed.push(...this.#release(byte));
    }
    return { data: Uint8Array.from(passed), isDetached: false };
  }

  /** Gives back what was held for nothing; keeps what can still begin the sequence. */
  #release(byte: number): number[] {
    const seen = [...this.#keys.subarray(0, this.#matched), byte];
    for (let kept = this.#matched; kept > 0; kept--) {
      const tail = seen.slice(seen.length - kept);
      if (tail.every((value, index) => value === this.#keys[index])) {
        this.#matched = kept;
        return seen.slice(0, seen.length - kept);
      }
    }
    this.#matched = 0;
    return seen;
  }
}
