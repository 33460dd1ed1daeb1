/**
 * x86-64: arguments in rdi rsi rdx r10 r8 r9, number and result in rax, step index in rbx.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2; syscall(2).
 *
 * @module
 */

import type { CodeBuffer } from "./code-buffer.ts";
import type { Branch, Encoder, Width } from "./encoder.ts";

/** An argument register: its number and the bit that a prefix carries. */
const registers: readonly { readonly low: number; readonly extended: number }[] = [
  { low: 7, extended: 0 }, // rdi
  { low: 6, extended: 0 }, // rsi
  { low: 2, extended: 0 }, // rdx
  { low: 2, extended: 1 }, // r10
  { low: 0, extended: 1 }, // r8
  { low: 1, extended: 1 }, // r9
];

function argument(register: number): { readonly low: number; readonly extended: number } {
  const found = registers[register];
  if (found === undefined)
    throw new RangeError(`A system call has at most six arguments: ${register}`);
  return found;
}

function constant(code: CodeBuffer, low: number, extended: number, value: bigint): void {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned === 0n) {
    // xor r32, r32
    if (extended === 0) code.bytes(0x31, 0xc0 | (low << 3) | low);
    else code.bytes(0x45, 0x31, 0xc0 | (low << 3) | low);
  } else if (unsigned <= 0xffff_ffffn) {
    // mov r32, imm32: the upper half becomes zero
    if (extended === 1) code.bytes(0x41);
    code.bytes(0xb8 | low);
    code.u32(Number(unsigned));
  } else if (unsigned >= 0xffff_ffff_8000_0000n) {
    // mov r64, imm32 with its sign
    code.bytes(0x48 | extended, 0xc7, 0xc0 | low);
    code.u32(Number(unsigned & 0xffff_ffffn));
  } else {
    // mov r64, imm64
    code.bytes(0x48 | extended, 0xb8 | low);
    code.u64(unsigned);
  }
}

function compareResult(code: CodeBuffer, value: number): void {
  // cmp rax, imm8 / imm32 with its sign
  if (value >= -128 && value <= 127) {
    code.bytes(0x48, 0x83, 0xf8, value & 0xff);
  } else {
    code.bytes(0x48, 0x3d);
    code.u32(value >>> 0);
  }
}

function conditional(code: CodeBuffer, condition: number): Branch {
  // jcc rel32
  code.bytes(0x0f, 0x80 | condition);
  const at = code.length;
  code.u32(0);
  return { at, form: "conditional" };
}

const stores: Readonly<Record<Width, readonly number[]>> = {
  8: [0x88, 0x04, 0x25], // mov [disp32], al
  16: [0x66, 0x89, 0x04, 0x25], // mov [disp32], ax
  32: [0x89, 0x04, 0x25], // mov [disp32], eax
  64: [0x48, 0x89, 0x04, 0x25], // mov [disp32], rax
};

/** Writes x86-64 instructions. */
export const x8664: Encoder = {
  loadConstant(code, register, value) {
    const { low, extended } = argument(register);
    constant(code, low, extended, value);
  },
  loadMemory(code, register, address) {
    const { low, extended } = argument(register);
    // mov r64, [disp32]
    code.bytes(0x48 | (extended << 2), 0x8b, 0x04 | (low << 3), 0x25);
    code.u32(address);
  },
  syscall(code, number) {
    code.bytes(0xb8); // mov eax, imm32
    code.u32(number);
    code.bytes(0x0f, 0x05); // syscall
  },
  storeResult(code, width, address) {
    code.bytes(...stores[width]);
    code.u32(address);
  },
  loadResult(code, address) {
    code.bytes(0x48, 0x8b, 0x04, 0x25); // mov rax, [disp32]
    code.u32(address);
  },
  setResult(code, value) {
    constant(code, 0, 0, value);
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
    compareResult(code, -4095);
    return conditional(code, 0x3); // jae
  },
  branch(code) {
    code.bytes(0xe9); // jmp rel32
    const at = code.length;
    code.u32(0);
    return { at, form: "always" };
  },
  patch(code, { at }) {
    code.setU32(at, code.length - (at + 4));
  },
  setIndex(code, index) {
    code.bytes(0xbb); // mov ebx, imm32
    code.u32(index);
  },
  indexToResult(code) {
    code.bytes(0x89, 0xd8); // mov eax, ebx
  },
  negateResult(code) {
    code.bytes(0xf7, 0xd8); // neg eax
  },
};
