/**
 * The only door from TypeScript to the kernel.
 *
 * @module
 */

import { describeErrno, type ErrnoName } from "../machine/errno.ts";
import type { SyscallName } from "../machine/syscalls.ts";

/** An argument of a system call: a number, a text (passed as NUL-terminated UTF-8), or memory to read or write. */
export type KernelArg = number | bigint | string | null | Uint8Array | BigUint64Array | Int32Array;

/** How a new process starts; see {@linkcode Kernel.launch}. */
export interface LaunchRequest {
  /** The static executable that the process becomes. */
  readonly image: Uint8Array;
  /** What the command line (`/proc/<pid>/cmdline`) says until the user's program runs; at most 63 bytes. */
  readonly name: string;
  /** Descriptor `i` of the new process is a copy of `descriptors[i]`; it has no others. */
  readonly descriptors: readonly number[];
  /** `CLONE_NEW*` flags. */
  readonly namespaces: bigint;
  /** Directory descriptor of the cgroup v2 group that the process is born in (`CLONE_INTO_CGROUP`). */
  readonly cgroup?: number;
  /**
   * With `CLONE_NEWUSER`: writes the id mappings. The new process waits until this returns, then takes uid 0
   * and gid 0 of its namespace and goes on.
   */
  readonly writeIdMappings?: (pid: number) => void;
}

/** A process that {@linkcode Kernel.launch} started. */
export interface LaunchedProcess {
  readonly pid: number;
  /** A pidfd of it, close-on-exec; the caller closes it. */
  readonly pidfd: number;
}

/**
 * The system calls that the runtime makes.
 *
 * Three implementations: the real one (`linux.ts`), one that remembers (`recording.ts`) and one that fails
 * the n-th call (`faulting.ts`).
 */
export interface Kernel {
  /**
   * Makes one system call and returns its result.
   *
   * @throws {SystemCallError} when the kernel returns an errno.
   */
  call(name: SyscallName, ...args: readonly KernelArg[]): number;

  /**
   * Starts a process with `clone3` whose first and only act is to execute `image` from a sealed memfd.
   * The process is a child of ours; JavaScript never runs in it.
   *
   * @throws {SystemCallError} when the process could not be started; nothing is left behind then.
   */
  launch(request: LaunchRequest): LaunchedProcess;
}

/** A system call that the kernel refused. */
export class SystemCallError extends Error {
  static {
    SystemCallError.prototype.name = "SystemCallError";
  }
  /** The call's name, for example `mount`. */
  readonly syscall: SyscallName;
  /** The errno's name, for example `EINVAL`. */
  readonly errno: ErrnoName;

  constructor(syscall: SyscallName, errno: ErrnoName, message?: string) {
    super(message ?? `${syscall}: ${describeErrno(errno)}`);
    this.syscall = syscall;
    this.errno = errno;
  }
}
