/** Bytes that grow at their end; the instructions of a program while it is assembled. */
export class CodeBuffer {
  #bytes: Uint8Array = new Uint8Array(8192);
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes. */
  bytes(...values: readonly number[]): void {
    for (const value of values) this.u8(value);
  }

  /** Appends 8 bits. */
  u8(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = value;
  }

  /** Appends 32 bits, little-endian. */
  u32(value: number): void {
    if (this.#length + 4 > this.#bytes.length) this.#grow();
    this.setU32(this.#length, value);
    this.#length += 4;
  }

  /** Appends 64 bits, little-endian. */
  u64(value: bigint): void {
    this.u32(Number(BigInt.asUintN(32, value)));
    this.u32(Number(BigInt.asUintN(32, value >> 32n)));
  }

  /** Reads 32 bits that were appended before. */
  getU32(at: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#bytes.subarray(at, at + 4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** Replaces 32 bits that were appended before. */
  setU32(at: number, value: number): void {
    // Not by a DataView: programs are assembled by code that is not compiled yet, where a call costs more than this.
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** Returns a copy of all bytes. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Copies all bytes to a place in `target`. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#bytes.subarray(0, this.#length), at);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
