/**
 * The seccomp filter that a process has, as the kernel keeps it: what was installed, whoever compiled it.
 *
 * @module
 */

import { dlopen, FFIType, ptr } from "bun:ffi";

const { i32, i64, ptr: pointer } = FFIType;
const { symbols } = dlopen("libc.so.6", {
  ptrace: { args: [i64, i64, i64, i64], returns: i64 },
  waitpid: { args: [i32, pointer, i32], returns: i32 },
});

// linux/ptrace.h
const PTRACE_DETACH = 17;
const PTRACE_SEIZE = 0x4206;
const PTRACE_INTERRUPT = 0x4207;
const PTRACE_SECCOMP_GET_FILTER = 0x420c;
/** Also threads that somebody else has cloned (linux/wait.h). */
const __WALL = 0x4000_0000;

const instructionSize = 8;

/**
 * Returns the only filter of a process as an array of `struct sock_filter` (ptrace(2), PTRACE_SECCOMP_GET_FILTER).
 * Needs CAP_SYS_ADMIN, a kernel with CONFIG_CHECKPOINT_RESTORE, and no filter of one's own.
 *
 * @throws {Error} when it has none, or more than one
 */
export function installedFilter(pid: number): Uint8Array {
  trace("seize", PTRACE_SEIZE, pid, 0, 0);
  try {
    trace("interrupt", PTRACE_INTERRUPT, pid, 0, 0);
    const status = new Int32Array(1);
    if (symbols.waitpid(pid, ptr(status), __WALL) !== pid) throw new Error(`${pid} did not stop`);
    const length = trace("count", PTRACE_SECCOMP_GET_FILTER, pid, 0, 0);
    const filter = new Uint8Array(length * instructionSize);
    trace("get the filter of", PTRACE_SECCOMP_GET_FILTER, pid, 0, ptr(filter));
    if (Number(symbols.ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 1, 0)) >= 0) {
      throw new Error(`${pid} has more than one filter`);
    }
    return filter;
  } finally {
    symbols.ptrace(PTRACE_DETACH, pid, 0, 0);
  }
}

function trace(what: string, request: number, pid: number, address: number, data: number): number {
  const result = Number(symbols.ptrace(request, pid, address, data));
  if (result < 0) throw new Error(`ptrace cannot ${what} process ${pid}`);
  return result;
}
