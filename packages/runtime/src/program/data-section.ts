import { align, dataAddress, zeroedAddress } from "../machine/elf.ts";
import type { Width } from "../machine/encoder.ts";

const encoder = new TextEncoder();

/** The data of a program while it is assembled: slots, texts, structs. Every method returns addresses. */
export class DataSection {
  #bytes: Uint8Array = new Uint8Array(4096);
  #length = 0;
  #zeroed = 0;
  readonly #slots: Map<string, number> = new Map();
  readonly #buffers: Map<string, { readonly address: number; readonly size: number }> = new Map();
  readonly #texts: Map<string, number> = new Map();

  /** How many bytes of data there are. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes of zeroed memory the buffers take. */
  get zeroedLength(): number {
    return this.#zeroed;
  }

  /** Returns the address of a slot: 64 bits, zero at first. */
  slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const address = this.reserve(8);
    this.#slots.set(name, address);
    return address;
  }

  /** Returns the address of a named buffer. */
  buffer(name: string, size: number): number {
    const known = this.#buffers.get(name);
    if (known !== undefined) {
      if (known.size !== size) throw new RangeError(`The buffer "${name}" has two sizes`);
      return known.address;
    }
    const address = zeroedAddress + this.#zeroed;
    this.#zeroed = align(this.#zeroed + size, 16);
    this.#buffers.set(name, { address, size });
    return address;
  }

  /** Returns the address of a text, NUL-terminated; the same text is kept once. */
  text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (text.includes("\0")) throw new RangeError(`A text contains a NUL: ${JSON.stringify(text)}`);
    // Texts need no alignment.
    this.#grow(text.length * 3 + 1);
    const address = dataAddress + this.#length;
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written + 1;
    this.#texts.set(text, address);
    return address;
  }

  /** Returns the address of an array of the addresses of texts, ended by a null. */
  texts(texts: readonly string[]): number {
    const addresses = texts.map((text) => this.text(text));
    const address = this.reserve(8 * (texts.length + 1));
    for (const [index, each] of addresses.entries())
      this.writeNumber(address + 8 * index, 64, each);
    return address;
  }

  /** Returns the address of a copy of these bytes. */
  bytes(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length);
    this.write(address, bytes);
    return address;
  }

  /** Returns the address of this many zero bytes, aligned to eight. */
  reserve(size: number): number {
    const start = align(this.#length, 8);
    this.#grow(start - this.#length + size);
    this.#length = start + size;
    return dataAddress + start;
  }

  /** Writes bytes at an address. */
  write(address: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, address - dataAddress);
  }

  /** Writes the low bits of a number at an address, little-endian, where nothing was written yet. */
  writeNumber(address: number, width: Width, value: number | bigint): void {
    const at = address - dataAddress;
    if (typeof value === "number" && value === (value | 0)) {
      this.#writeHalf(at, Math.min(width, 32), value);
      if (width === 64 && value < 0) this.#writeHalf(at + 4, 32, -1);
      return;
    }
    const wide = BigInt(value);
    this.#writeHalf(at, Math.min(width, 32), Number(BigInt.asIntN(32, wide)));
    if (width === 64) this.#writeHalf(at + 4, 32, Number(BigInt.asIntN(32, wide >> 32n)));
  }

  #writeHalf(at: number, width: number, value: number): void {
    for (let bit = 0; bit < width; bit += 8) this.#bytes[at + bit / 8] = value >>> bit;
  }

  /** Copies all data to a place in `target`. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#bytes.subarray(0, this.#length), at);
  }

  #grow(by: number): void {
    if (this.#length + by <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
