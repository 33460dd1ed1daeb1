/**
 * What the assembler asks of an architecture. Everything goes through a handful of instructions, so that each can be
 * checked against a disassembler.
 *
 * An encoder works on up to six argument registers, one result register and one scratch register. Branches go forward
 * only; they are written with an empty distance and completed by {@linkcode Encoder.patch}.
 *
 * @module
 */

import type { CodeBuffer } from "./code-buffer.ts";

/** Where a branch stands whose distance is not known yet. */
export type Branch = number;

/** Widths of a store. */
export type Width = 8 | 16 | 32 | 64;

const comparableMax = 4095;

/** Checks a number that a result is to be compared with: errnos and small results, which fit in an instruction. */
export function checkComparable(value: number): void {
  if (!Number.isInteger(value) || Math.abs(value) > comparableMax) {
    throw new RangeError(`Cannot compare with ${value}`);
  }
}

/** Writes the instructions of one architecture. Addresses are below 2 GiB. */
export interface Encoder {
  /** Puts a constant in an argument register, 0 to 5. */
  loadConstant(code: CodeBuffer, register: number, value: number | bigint): void;
  /** Puts the 64 bits at an address in an argument register. */
  loadMemory(code: CodeBuffer, register: number, address: number): void;
  /** Makes system call `number`; the result register holds the result then. */
  syscall(code: CodeBuffer, number: number): void;
  /** Stores the low bits of the result register at an address. */
  storeResult(code: CodeBuffer, width: Width, address: number): void;
  /** Puts the 64 bits at an address in the result register. */
  loadResult(code: CodeBuffer, address: number): void;
  /** Puts a constant in the result register. */
  setResult(code: CodeBuffer, value: number | bigint): void;
  /** Branches when the result is this number, from -4095 to 4095. */
  branchIfResultIs(code: CodeBuffer, value: number): Branch;
  /** Branches when the result is not this number, from -4095 to 4095. */
  branchIfResultIsNot(code: CodeBuffer, value: number): Branch;
  /** Branches when the result is a failure: from -4095 to -1. */
  branchIfResultFailed(code: CodeBuffer): Branch;
  /** Branches always. */
  branch(code: CodeBuffer): Branch;
  /** Completes a branch: it goes to where the code ends now. */
  patch(code: CodeBuffer, branch: Branch): void;
  /** Puts a small constant (the number of a step) in a register that system calls leave alone. */
  setIndex(code: CodeBuffer, index: number): void;
  /** Moves that register to the result register. */
  indexToResult(code: CodeBuffer): void;
  /** Negates the low 32 bits of the result register. */
  negateResult(code: CodeBuffer): void;
  /** Makes of the result its octal digit at a place, 0 the last to 20, in ASCII. */
  octalDigitOfResult(code: CodeBuffer, place: number): void;
}
