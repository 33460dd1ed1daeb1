/**
 * A function that makes one system call and returns what the kernel returned, errno and all: no libc in between that
 * would put the errno elsewhere.
 *
 * @module
 */

import { CodeBuffer } from "../machine/code-buffer.ts";
import type { Architecture } from "../machine/syscalls.ts";

/** Writes the function: `long stub(long number, long a0, ..., long a5)`. */
export function syscallStub(architecture: Architecture): CodeBuffer {
  const code = new CodeBuffer();
  if (architecture === "x86-64") {
    // System V: rdi rsi rdx rcx r8 r9, then the stack; the kernel: rax, rdi rsi rdx r10 r8 r9.
    code.bytes(0x48, 0x89, 0xf8); // mov rax, rdi
    code.bytes(0x48, 0x89, 0xf7); // mov rdi, rsi
    code.bytes(0x48, 0x89, 0xd6); // mov rsi, rdx
    code.bytes(0x48, 0x89, 0xca); // mov rdx, rcx
    code.bytes(0x4d, 0x89, 0xc2); // mov r10, r8
    code.bytes(0x4d, 0x89, 0xc8); // mov r8, r9
    code.bytes(0x4c, 0x8b, 0x4c, 0x24, 0x08); // mov r9, [rsp+8]
    code.bytes(0x0f, 0x05); // syscall
    code.bytes(0xc3); // ret
  } else {
    // AAPCS64: x0 to x6; the kernel: x8, x0 to x5.
    code.u32(0xaa00_03e8); // mov x8, x0
    for (let register = 0; register < 6; register++) {
      code.u32((0xaa00_03e0 | ((register + 1) << 16) | register) >>> 0); // mov xN, xN+1
    }
    code.u32(0xd400_0001); // svc #0
    code.u32(0xd65f_03c0); // ret
  }
  return code;
}
