/**
 * The instructions between clone3(2) and execveat(2): all that ever runs of us in a new process.
 *
 * They are written anew for each launch, by the encoders that write the programs, as straight-line system calls:
 *
 * ```
 *   parent                         child
 *   clone3 ──────────────────────> with a user namespace: close, read one byte (the id maps are written now),
 *   return pid or -errno                                   setresgid 0, setresuid 0
 *                                  dup3 of each descriptor to its place, close-on-exec for the rest
 *                                  rt_sigaction, rt_sigprocmask: signals as if nothing had been set
 *                                  execveat of the image
 *                                  (a failure: its number and errno into shared memory, exit_group)
 * ```
 *
 * The child uses no stack: it can share its parent's memory (CLONE_VM), while CLONE_VFORK holds the calling thread.
 *
 * @module
 */

import { arm64 } from "../machine/arm64.ts";
import { CodeBuffer } from "../machine/code-buffer.ts";
import { value } from "../machine/constants.ts";
import type { Branch, Encoder } from "../machine/encoder.ts";
import { type Architecture, type SyscallName, syscallNumber } from "../machine/syscalls.ts";
import { x8664 } from "../machine/x86-64.ts";

const SIGPIPE = 13;
const SIGXFSZ = 25;

/** Where the shared memory has what (offsets in bytes). */
export const board = {
  /** u32: which child step failed, plus one; 0 while none has. */
  failedStep: 0,
  /** u32: its errno. */
  failedErrno: 4,
  /** i32: the pidfd. */
  pidfd: 8,
  /** u8: the byte that the child waits for. */
  handshake: 12,
  /** u64: an empty signal set, also an empty text. */
  zero: 16,
  /** struct clone_args, 88 bytes. */
  cloneArgs: 32,
  /** struct sigaction of the kernel, all zero: SIG_DFL. */
  sigaction: 128,
  /** Two pointers: argv with one text, then the end. */
  argv: 192,
  /** One pointer: the end of envp. */
  envp: 208,
  /** The text of argv[0]. */
  name: 256,
} as const;

/** Size of `struct clone_args` up to `cgroup`. */
export const cloneArgsSize = 88;

/** A child step: a system call with constant arguments, and a result that it must have, if any. */
export interface ChildStep {
  readonly call: SyscallName;
  readonly args: readonly (number | bigint)[];
  readonly mustReturn?: number;
}

/** What the child is to do. */
export interface TrampolineRequest {
  /**
   * Descriptor `i` of the child becomes a copy of `descriptors[i]`, or is closed when that is -1. No source is below the
   * count but at its own place.
   */
  readonly descriptors: readonly number[];
  readonly image: number;
  /** With a user namespace: the two ends of the pipe over which the child is told that its ids are mapped. */
  readonly handshake?: { readonly readEnd: number; readonly writeEnd: number };
}

/** Returns what the child does, in order. Addresses are those of the shared memory at `base`. */
export function childSteps(request: TrampolineRequest, base: number): ChildStep[] {
  const steps: ChildStep[] = [];
  const { handshake, descriptors } = request;
  if (handshake !== undefined) {
    steps.push(
      // Or the read would wait for ever when the parent has died.
      { call: "close", args: [handshake.writeEnd] },
      { call: "read", args: [handshake.readEnd, base + board.handshake, 1], mustReturn: 1 },
      // An execve by a uid that is not mapped drops all capabilities.
      { call: "setresgid", args: [0, 0, 0] },
      { call: "setresuid", args: [0, 0, 0] },
    );
  }
  for (const [target, source] of descriptors.entries()) steps.push(placement(source, target));
  steps.push(
    {
      call: "close_range",
      args: [descriptors.length, 0xffff_ffff, value("CLOSE_RANGE_CLOEXEC")],
    },
    // Bun ignores SIGPIPE and SIGXFSZ, and what is ignored stays so over execve(2). CLONE_CLEAR_SIGHAND did the rest.
    { call: "rt_sigaction", args: [SIGPIPE, base + board.sigaction, 0, 8] },
    { call: "rt_sigaction", args: [SIGXFSZ, base + board.sigaction, 0, 8] },
    { call: "rt_sigprocmask", args: [value("SIG_SETMASK"), base + board.zero, 0, 8] },
    {
      call: "execveat",
      args: [
        request.image,
        base + board.zero,
        base + board.argv,
        base + board.envp,
        value("AT_EMPTY_PATH"),
      ],
    },
  );
  return steps;
}

function placement(source: number, target: number): ChildStep {
  if (source < 0) {
    return { call: "close_range", args: [target, target, value("CLOSE_RANGE_CLOEXEC")] };
  }
  return source === target
    ? { call: "fcntl", args: [target, value("F_SETFD"), 0] }
    : { call: "dup3", args: [source, target, 0] };
}

const encoders: Readonly<Record<Architecture, Encoder>> = { "x86-64": x8664, arm64 };

/** Writes the function `long trampoline(void)`, which returns the pid or the negative errno of clone3(2). */
export function trampoline(
  architecture: Architecture,
  steps: readonly ChildStep[],
  base: number,
): CodeBuffer {
  const encoder = encoders[architecture];
  const code = new CodeBuffer();
  const call = (name: SyscallName, args: readonly (number | bigint)[]): void => {
    for (const [register, argument] of args.entries()) {
      encoder.loadConstant(code, register, argument);
    }
    encoder.syscall(code, syscallNumber(name, architecture));
  };
  saveIndexRegister(architecture, code);
  call("clone3", [base + board.cloneArgs, cloneArgsSize]);
  const child = encoder.branchIfResultIs(code, 0);
  returnFromCall(architecture, code);

  encoder.patch(code, child);
  const failures: Branch[] = [];
  for (const [index, step] of steps.entries()) {
    call(step.call, step.args);
    encoder.setIndex(code, index + 1);
    failures.push(encoder.branchIfResultFailed(code));
    if (step.mustReturn !== undefined) {
      failures.push(encoder.branchIfResultIsNot(code, step.mustReturn));
    }
  }
  for (const failure of failures) encoder.patch(code, failure);
  encoder.negateResult(code);
  encoder.storeResult(code, 32, base + board.failedErrno);
  encoder.indexToResult(code);
  encoder.storeResult(code, 32, base + board.failedStep);
  call("exit_group", [127]);
  return code;
}

function saveIndexRegister(architecture: Architecture, code: CodeBuffer): void {
  if (architecture === "x86-64")
    code.bytes(0x53); // push rbx
  else code.u32(0xf81f_0ff3); // str x19, [sp, #-16]!
}

function returnFromCall(architecture: Architecture, code: CodeBuffer): void {
  if (architecture === "x86-64") {
    code.bytes(0x5b); // pop rbx
    code.bytes(0xc3); // ret
  } else {
    code.u32(0xf841_07f3); // ldr x19, [sp], #16
    code.u32(0xd65f_03c0); // ret
  }
}
