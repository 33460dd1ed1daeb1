/**
 * arm64: arguments in x0 to x5, number in x8, result in x0, scratch x9, step index in x19.
 *
 * Source: Arm Architecture Reference Manual for A-profile, section C6; syscall(2).
 *
 * @module
 */

import type { CodeBuffer } from "./code-buffer.ts";
import type { Branch, Encoder, Width } from "./encoder.ts";

const scratch = 9;
const numberRegister = 8;
const indexRegister = 19;

/** movz, or movn for values with many ones, then movk for the remaining parts. */
function constant(code: CodeBuffer, register: number, value: bigint): void {
  const unsigned = BigInt.asUintN(64, value);
  const parts = [0, 1, 2, 3].map((index) => Number((unsigned >> BigInt(16 * index)) & 0xffffn));
  const ones = parts.filter((part) => part === 0xffff).length;
  const zeros = parts.filter((part) => part === 0).length;
  const negated = ones > zeros;
  const fill = negated ? 0xffff : 0;
  const first = Math.max(
    0,
    parts.findIndex((part) => part !== fill),
  );
  const firstPart = parts[first] ?? 0;
  // movn/movz xd, #imm16, lsl #(16 * first)
  const opcode = negated ? 0x9280_0000 : 0xd280_0000;
  const immediate = negated ? ~firstPart & 0xffff : firstPart;
  code.u32((opcode | (first << 21) | (immediate << 5) | register) >>> 0);
  for (const [index, part] of parts.entries()) {
    if (index === first || part === fill) continue;
    // movk xd, #imm16, lsl #(16 * index)
    code.u32((0xf280_0000 | (index << 21) | (part << 5) | register) >>> 0);
  }
}

/** Compares x0 with a number from -4095 to 4095. */
function compareResult(code: CodeBuffer, value: number): void {
  // cmp x0, #imm12 (subs xzr) or cmn x0, #imm12 (adds xzr)
  code.u32(((value < 0 ? 0xb100_001f : 0xf100_001f) | (Math.abs(value) << 10)) >>> 0);
}

function conditional(code: CodeBuffer, condition: number): Branch {
  const at = code.length;
  code.u32((0x5400_0000 | condition) >>> 0); // b.cond
  return { at, form: "conditional" };
}

const stores: Readonly<Record<Width, number>> = {
  8: 0x3900_0000, // strb w0, [x9]
  16: 0x7900_0000, // strh w0, [x9]
  32: 0xb900_0000, // str w0, [x9]
  64: 0xf900_0000, // str x0, [x9]
};

/** Writes arm64 instructions. */
export const arm64: Encoder = {
  loadConstant(code, register, value) {
    if (register < 0 || register > 5) {
      throw new RangeError(`A system call has at most six arguments: ${register}`);
    }
    constant(code, register, value);
  },
  loadMemory(code, register, address) {
    constant(code, scratch, BigInt(address));
    code.u32((0xf940_0000 | (scratch << 5) | register) >>> 0); // ldr xd, [x9]
  },
  syscall(code, number) {
    constant(code, numberRegister, BigInt(number));
    code.u32(0xd400_0001); // svc #0
  },
  storeResult(code, width, address) {
    constant(code, scratch, BigInt(address));
    code.u32((stores[width] | (scratch << 5)) >>> 0);
  },
  loadResult(code, address) {
    constant(code, scratch, BigInt(address));
    code.u32((0xf940_0000 | (scratch << 5)) >>> 0);
  },
  setResult(code, value) {
    constant(code, 0, value);
  },
  branchIfResultIs(code, value) {
    compareResult(code, value);
    return conditional(code, 0x0); // b.eq
  },
  branchIfResultIsNot(code, value) {
    compareResult(code, value);
    return conditional(code, 0x1); // b.ne
  },
  branchIfResultFailed(code) {
    // x0 + 4095 carries exactly for -4095 and up, seen without a sign.
    compareResult(code, -4095);
    return conditional(code, 0x2); // b.hs
  },
  branch(code) {
    const at = code.length;
    code.u32(0x1400_0000); // b
    return { at, form: "always" };
  },
  patch(code, { at, form }) {
    const instructions = (code.length - at) >> 2;
    const distance = form === "always" ? instructions : instructions << 5;
    code.setU32(at, (code.getU32(at) | distance) >>> 0);
  },
  setIndex(code, index) {
    constant(code, indexRegister, BigInt(index));
  },
  indexToResult(code) {
    code.u32((0xaa00_03e0 | (indexRegister << 16)) >>> 0); // mov x0, x19
  },
  negateResult(code) {
    code.u32(0x4b00_03e0); // neg w0, w0
  },
};
