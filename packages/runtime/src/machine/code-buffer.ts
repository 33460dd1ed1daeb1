/** Bytes that grow at their end; the instructions of a program while it is assembled. */
export class CodeBuffer {
  #bytes: Uint8Array = new Uint8Array(8192);
  #view: DataView = new DataView(this.#bytes.buffer);
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes. */
  bytes(...values: readonly number[]): void {
    this.#reserve(values.length);
    for (const value of values) this.#bytes[this.#length++] = value;
  }

  /** Appends 32 bits, little-endian. */
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Appends 64 bits, little-endian. */
  u64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
  }

  /** Reads 32 bits that were appended before. */
  getU32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** Replaces 32 bits that were appended before. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** Returns a copy of all bytes. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Copies all bytes to a place in `target`. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#bytes.subarray(0, this.#length), at);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
