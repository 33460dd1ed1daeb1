/**
 * arm64: arguments in x0 to x5, number in x8, result in x0, scratch x9, step index in x19.
 *
 * Source: Arm Architecture Reference Manual for A-profile, section C6; syscall(2).
 *
 * @module
 */

import type { CodeBuffer } from "./code-buffer.ts";
import { type Branch, checkComparable, type Encoder, type Width } from "./encoder.ts";

const scratch = 9;
const numberRegister = 8;
const indexRegister = 19;
const argumentsMax = 6;

/** Loads a constant in at most four instructions. */
function constant(code: CodeBuffer, register: number, value: number | bigint): void {
  if (typeof value === "number" && value === value >>> 0) unsigned(code, register, value);
  else if (typeof value === "number" && value === (value | 0)) halves(code, register, value, -1);
  else {
    const wide = BigInt(value);
    halves(code, register, Number(BigInt.asIntN(32, wide)), Number(BigInt.asIntN(32, wide >> 32n)));
  }
}

/** movz and movk; what `halves` would write for 32 bits without a sign, which is nearly everything. */
function unsigned(code: CodeBuffer, register: number, value: number): void {
  const low = value & 0xffff;
  const high = value >>> 16;
  if (low !== 0 || high === 0) code.u32(0xd280_0000 | (low << 5) | register); // movz xd, #low
  if (high === 0) return;
  // movk or movz xd, #high, lsl #16
  code.u32((low === 0 ? 0xd2a0_0000 : 0xf2a0_0000) | (high << 5) | register);
}

/** movz, or movn for values with many ones, then movk for the remaining parts. */
function halves(code: CodeBuffer, register: number, low: number, high: number): void {
  const negated = count(low, high, 0xffff) > count(low, high, 0);
  const fill = negated ? 0xffff : 0;
  let first = 0;
  while (first < 4 && partOf(low, high, first) === fill) first++;
  first %= 4; // 0 and -1 are nothing but fill
  const part = partOf(low, high, first);
  // movn/movz xd, #imm16, lsl #(16 * first)
  if (negated) code.u32(0x9280_0000 | (first << 21) | ((~part & 0xffff) << 5) | register);
  else code.u32(0xd280_0000 | (first << 21) | (part << 5) | register);
  for (let index = first + 1; index < 4; index++) {
    const next = partOf(low, high, index);
    // movk xd, #imm16, lsl #(16 * index)
    if (next !== fill) code.u32(0xf280_0000 | (index << 21) | (next << 5) | register);
  }
}

function partOf(low: number, high: number, index: number): number {
  const half = index < 2 ? low : high;
  return index % 2 === 0 ? half & 0xffff : half >>> 16;
}

function count(low: number, high: number, part: number): number {
  let equal = 0;
  for (let index = 0; index < 4; index++) if (partOf(low, high, index) === part) equal++;
  return equal;
}

/** Compares x0 with a number from -4095 to 4095. */
function compareResult(code: CodeBuffer, value: number): void {
  checkComparable(value);
  // cmp x0, #imm12 (subs xzr) or cmn x0, #imm12 (adds xzr)
  code.u32((value < 0 ? 0xb100_001f : 0xf100_001f) | (Math.abs(value) << 10));
}

/**
 * Branches on a condition. A conditional branch reaches no further than 1 MiB, which a large program exceeds; so the
 * opposite condition skips a branch that reaches 128 MiB.
 */
function conditional(code: CodeBuffer, opposite: number): Branch {
  code.u32(0x5400_0040 | opposite); // b.cond over the next instruction
  return always(code);
}

function always(code: CodeBuffer): Branch {
  const at = code.length;
  code.u32(0x1400_0000); // b
  return at;
}

const reachBytes = 0x800_0000;

const stores: Readonly<Record<Width, number>> = {
  8: 0x3900_0000, // strb w0, [x9]
  16: 0x7900_0000, // strh w0, [x9]
  32: 0xb900_0000, // str w0, [x9]
  64: 0xf900_0000, // str x0, [x9]
};

/** Writes arm64 instructions. */
export const arm64: Encoder = {
  loadConstant(code, register, value) {
    if (register < 0 || register >= argumentsMax) {
      throw new RangeError(`A system call has at most six arguments: ${register}`);
    }
    constant(code, register, value);
  },
  loadMemory(code, register, address) {
    if (register < 0 || register >= argumentsMax) {
      throw new RangeError(`A system call has at most six arguments: ${register}`);
    }
    constant(code, scratch, address);
    code.u32(0xf940_0000 | (scratch << 5) | register); // ldr xd, [x9]
  },
  syscall(code, number) {
    constant(code, numberRegister, number);
    code.u32(0xd400_0001); // svc #0
  },
  storeResult(code, width, address) {
    constant(code, scratch, address);
    code.u32(stores[width] | (scratch << 5));
  },
  loadResult(code, address) {
    constant(code, scratch, address);
    code.u32(0xf940_0000 | (scratch << 5)); // ldr x0, [x9]
  },
  setResult(code, value) {
    constant(code, 0, value);
  },
  branchIfResultIs(code, value) {
    compareResult(code, value);
    return conditional(code, 0x1); // b.ne
  },
  branchIfResultIsNot(code, value) {
    compareResult(code, value);
    return conditional(code, 0x0); // b.eq
  },
  branchIfResultFailed(code) {
    // x0 + 4095 carries exactly for -4095 and up, seen without a sign.
    code.u32(0xb13f_fc1f); // cmn x0, #4095
    return conditional(code, 0x3); // b.lo
  },
  branch: always,
  patch(code, branch) {
    const distance = code.length - branch;
    if (distance >= reachBytes) throw new RangeError("A branch goes further than 128 MiB");
    code.setU32(branch, 0x1400_0000 | (distance >> 2));
  },
  setIndex(code, index) {
    constant(code, indexRegister, index);
  },
  indexToResult(code) {
    code.u32(0xaa00_03e0 | (indexRegister << 16)); // mov x0, x19
  },
  negateResult(code) {
    code.u32(0x4b00_03e0); // neg w0, w0
  },
  octalDigitOfResult(code, place) {
    const first = 3 * place;
    code.u32(0xd340_0000 | (first << 16) | ((first + 2) << 10)); // ubfx x0, x0, #first, #3
    code.u32(0x9100_c000); // add x0, x0, #0x30
  },
};
