/**
 * Machine code in this process: a page that is written, then made executable and called.
 *
 * @module
 */

import { dlopen, type Pointer, toArrayBuffer } from "bun:ffi";
import { value } from "../machine/constants.ts";

/**
 * `void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)` — mmap(2).
 * SAFETY: maps fresh memory only (MAP_ANONYMOUS, never MAP_FIXED), which nothing else uses; MAP_FIXED_NOREPLACE
 * fails where something is mapped.
 *
 * `int mprotect(void *addr, size_t len, int prot)` — mprotect(2).
 * SAFETY: is called for pages that `map` returned, while no code runs in them.
 */
const { symbols: libc } = dlopen("libc.so.6", {
  mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
  mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
});

/** Size of a mapping; a multiple of every page size. */
export const mappingSize = 0x1_0000;

/** Memory that both this process and a child that was made without CLONE_VM see. */
export interface SharedMemory {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Maps zeroed, shared memory below 2 GiB, where one instruction can name any address of it. */
export function mapSharedLow(): SharedMemory {
  for (let wish = 0x7fff_0000; wish >= 0x1000_0000; wish -= 0x0100_0000) {
    const pointer = toPointer(
      libc.mmap(
        wish as Pointer,
        mappingSize,
        value("PROT_READ", "PROT_WRITE"),
        value("MAP_SHARED", "MAP_ANONYMOUS", "MAP_FIXED_NOREPLACE"),
        -1,
        0,
      ),
    );
    if (pointer === null) continue;
    const buffer = toArrayBuffer(pointer, 0, mappingSize);
    return { address: pointer, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
  }
  throw new Error("Cannot map memory below 2 GiB");
}

/** A pointer as Bun types it; the failure of mmap(2) is -1. */
function toPointer(result: Pointer | bigint | null): Pointer | null {
  return typeof result !== "number" || result < 0 ? null : result;
}

/** Machine code in a page of its own, which is never writable and executable at once. */
export class NativeCode {
  /** Where the code begins. SAFETY: who calls it answers for what was written; see `linux.ts`. */
  readonly address: Pointer;
  readonly #bytes: Uint8Array;

  constructor() {
    const pointer = toPointer(
      libc.mmap(
        null,
        mappingSize,
        value("PROT_READ", "PROT_WRITE"),
        value("MAP_PRIVATE", "MAP_ANONYMOUS"),
        -1,
        0,
      ),
    );
    if (pointer === null) throw new Error("Cannot map memory for machine code");
    this.address = pointer;
    this.#bytes = new Uint8Array(toArrayBuffer(pointer, 0, mappingSize));
  }

  /** Replaces the code. */
  write(code: { readonly length: number; copyTo(target: Uint8Array, at: number): void }): void {
    if (code.length > mappingSize) throw new RangeError("The machine code is larger than its page");
    this.#protect(value("PROT_READ", "PROT_WRITE"));
    code.copyTo(this.#bytes, 0);
    this.#protect(value("PROT_READ", "PROT_EXEC"));
  }

  #protect(protection: number): void {
    if (libc.mprotect(this.address, mappingSize, protection) !== 0) {
      throw new Error("Cannot make a page executable; a security policy may forbid it");
    }
  }
}
