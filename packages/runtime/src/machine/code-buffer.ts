/**
 * Bytes that grow at their end; the instructions of a program while it is assembled.
 *
 * Written for code that runs once, before it is compiled: few calls, and none of a DataView.
 */
export class CodeBuffer {
  /** How many bytes there are; a plain field, since one that is private is slow to write before it is compiled. */
  length = 0;
  #bytes: Uint8Array = new Uint8Array(16_384);
  #capacity = 16_384;

  /** Appends bytes. */
  bytes(...values: readonly number[]): void {
    for (const value of values) this.u8(value);
  }

  /** Appends 8 bits. */
  u8(value: number): void {
    const at = this.length;
    if (at + 1 > this.#capacity) this.#grow();
    this.#bytes[at] = value;
    this.length = at + 1;
  }

  /** Appends 16 bits, little-endian. */
  u16(value: number): void {
    const at = this.length;
    if (at + 2 > this.#capacity) this.#grow();
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    this.length = at + 2;
  }

  /** Appends 32 bits, little-endian. */
  u32(value: number): void {
    const at = this.length;
    if (at + 4 > this.#capacity) this.#grow();
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.length = at + 4;
  }

  /** Appends 8 bits and then 32: an opcode and its operand. */
  u8u32(opcode: number, operand: number): void {
    const at = this.length;
    if (at + 5 > this.#capacity) this.#grow();
    const bytes = this.#bytes;
    bytes[at] = opcode;
    bytes[at + 1] = operand;
    bytes[at + 2] = operand >>> 8;
    bytes[at + 3] = operand >>> 16;
    bytes[at + 4] = operand >>> 24;
    this.length = at + 5;
  }

  /** Appends 16 bits and then 32: an opcode and its operand. */
  u16u32(opcode: number, operand: number): void {
    const at = this.length;
    if (at + 6 > this.#capacity) this.#grow();
    const bytes = this.#bytes;
    bytes[at] = opcode;
    bytes[at + 1] = opcode >>> 8;
    bytes[at + 2] = operand;
    bytes[at + 3] = operand >>> 8;
    bytes[at + 4] = operand >>> 16;
    bytes[at + 5] = operand >>> 24;
    this.length = at + 6;
  }

  /** Appends 32 bits twice: an opcode and its operand. */
  u32u32(opcode: number, operand: number): void {
    const at = this.length;
    if (at + 8 > this.#capacity) this.#grow();
    const bytes = this.#bytes;
    bytes[at] = opcode;
    bytes[at + 1] = opcode >>> 8;
    bytes[at + 2] = opcode >>> 16;
    bytes[at + 3] = opcode >>> 24;
    bytes[at + 4] = operand;
    bytes[at + 5] = operand >>> 8;
    bytes[at + 6] = operand >>> 16;
    bytes[at + 7] = operand >>> 24;
    this.length = at + 8;
  }

  /** Appends 64 bits, little-endian. */
  u64(value: bigint): void {
    this.u32u32(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)));
  }

  /** Replaces 32 bits that were appended before. */
  setU32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  /** Returns a copy of all bytes. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** Copies all bytes to a place in `target`. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#bytes.subarray(0, this.length), at);
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = new Uint8Array(this.#capacity);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
