/**
 * x86-64: arguments in rdi rsi rdx r10 r8 r9, number and result in rax, step index in rbx.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2; syscall(2).
 *
 * @module
 */

import type { CodeBuffer } from "./code-buffer.ts";
import { type Branch, checkComparable, type Encoder } from "./encoder.ts";

/** Numbers of the argument registers. From 8 up the highest bit of a number goes in a prefix. */
const registers: readonly number[] = [7, 6, 2, 10, 8, 9];
const rax = 0;

function argument(register: number): number {
  const found = registers[register];
  if (found === undefined)
    throw new RangeError(`A system call has at most six arguments: ${register}`);
  return found;
}

/** Loads a constant by the shortest instruction. */
function constant(code: CodeBuffer, register: number, value: number | bigint): void {
  if (value === 0) clear(code, register);
  else if (typeof value === "number" && value === value >>> 0) {
    // Nearly every constant: written here and not in zeroExtended(), which would be one call more.
    if (register > 7) code.u16u32(0xb841 | ((register & 7) << 8), value);
    else code.u8u32(0xb8 | register, value);
  } else if (typeof value === "number" && value === (value | 0))
    signExtended(code, register, value);
  else wide(code, register, BigInt.asUintN(64, BigInt(value)));
}

function clear(code: CodeBuffer, register: number): void {
  // xor r32, r32
  if (register > 7) code.u8(0x45);
  code.u16(0xc031 | ((register & 7) << 11) | ((register & 7) << 8));
}

function zeroExtended(code: CodeBuffer, register: number, value: number): void {
  // mov r32, imm32: the upper half becomes zero
  if (register > 7) code.u16u32(0xb841 | ((register & 7) << 8), value);
  else code.u8u32(0xb8 | register, value);
}

function signExtended(code: CodeBuffer, register: number, value: number): void {
  // mov r64, imm32 with its sign
  code.u8(register > 7 ? 0x49 : 0x48);
  code.u16(0xc0c7 | ((register & 7) << 8));
  code.u32(value);
}

/** For what is a bigint, or larger than 32 bits. */
function wide(code: CodeBuffer, register: number, value: bigint): void {
  if (value === 0n) clear(code, register);
  else if (value <= 0xffff_ffffn) zeroExtended(code, register, Number(value));
  else if (value >= 0xffff_ffff_8000_0000n) {
    signExtended(code, register, Number(BigInt.asIntN(32, value)));
  } else {
    // mov r64, imm64
    code.u16((register > 7 ? 0xb849 : 0xb848) | ((register & 7) << 8));
    code.u64(value);
  }
}

function compareResult(code: CodeBuffer, value: number): void {
  checkComparable(value);
  if (value >= -128 && value <= 127) {
    code.u32(0x00f8_8348 | (value << 24)); // cmp rax, imm8 with its sign
  } else {
    code.u16u32(0x3d48, value); // cmp rax, imm32 with its sign
  }
}

/** jcc rel32 */
function conditional(code: CodeBuffer, condition: number): Branch {
  code.u16u32(0x800f | (condition << 8), 0);
  return code.length - 4;
}

/**
 * Writes instructions, several bytes at a time: the first is the lowest. Memory is named by ModR/M and SIB bytes (0x04 and
 * the register's number three bits up, 0x25) that mean an address of 32 bits and no base register.
 */
export const x8664: Encoder = {
  loadConstant(code, register, value) {
    constant(code, argument(register), value);
  },
  loadMemory(code, register, address) {
    // mov r64, [disp32]
    const number = argument(register);
    code.u32u32((number > 7 ? 0x2504_8b4c : 0x2504_8b48) | ((number & 7) << 19), address);
  },
  syscall(code, number) {
    code.u8u32(0xb8, number); // mov eax, imm32
    code.u16(0x050f); // syscall
  },
  storeResult(code, width, address) {
    // mov [disp32], al / ax / eax / rax
    if (width === 64) {
      code.u32u32(0x2504_8948, address);
      return;
    }
    if (width === 16) code.u8(0x66);
    code.u8(width === 8 ? 0x88 : 0x89);
    code.u16u32(0x2504, address);
  },
  loadResult(code, address) {
    code.u32u32(0x2504_8b48, address); // mov rax, [disp32]
  },
  setResult(code, value) {
    constant(code, rax, value);
  },
  branchIfResultIs(code, value) {
    compareResult(code, value);
    return conditional(code, 0x4); // je
  },
  branchIfResultIsNot(code, value) {
    compareResult(code, value);
    return conditional(code, 0x5); // jne
  },
  branchIfResultFailed(code) {
    code.u16u32(0x3d48, -4095); // cmp rax, -4095
    return conditional(code, 0x3); // jae
  },
  branch(code) {
    code.u8u32(0xe9, 0); // jmp rel32
    return code.length - 4;
  },
  patch(code, branch) {
    code.setU32(branch, code.length - (branch + 4));
  },
  setIndex(code, index) {
    code.u8u32(0xbb, index); // mov ebx, imm32
  },
  indexToResult(code) {
    code.u16(0xd889); // mov eax, ebx
  },
  negateResult(code) {
    code.u16(0xd8f7); // neg eax
  },
  octalDigitOfResult(code, place) {
    code.u32(0x00e8_c148 | ((3 * place) << 24)); // shr rax, imm8
    code.u16u32(0xe083, 0x30c8_8307); // and eax, 7; or eax, 0x30
  },
};
