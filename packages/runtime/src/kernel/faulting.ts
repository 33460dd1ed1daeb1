import type { ErrnoName } from "../machine/errno.ts";
import type { SyscallName } from "../machine/syscalls.ts";
import {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "./kernel.ts";

/** Calls that undo something, or restore the signal mask; making them fail would only show that what cannot be undone stays. */
const undoing: ReadonlySet<SyscallName> = new Set([
  "close",
  "unlinkat",
  "kill",
  "pidfd_send_signal",
  "rt_sigprocmask",
  "waitid",
]);

/**
 * A {@linkcode Kernel} that makes the n-th call fail and passes all others on, for tests that look for what is left behind.
 *
 * Calls that undo something are passed on and not counted.
 */
export class FaultingKernel implements Kernel {
  readonly #inner: Kernel;
  readonly #failAt: number;
  readonly #errno: ErrnoName;
  #count = 0;
  #failed: SyscallName | undefined;

  /** @param failAt which call fails, from 1; 0 lets all pass */
  constructor(inner: Kernel, failAt: number, errno: ErrnoName = "EIO") {
    this.#inner = inner;
    this.#failAt = failAt;
    this.#errno = errno;
  }

  /** How many calls were counted. */
  get count(): number {
    return this.#count;
  }

  /** The call that was made to fail, when that has happened. */
  get failed(): SyscallName | undefined {
    return this.#failed;
  }

  call(name: SyscallName, ...args: readonly KernelArg[]): number {
    if (!undoing.has(name)) this.#countOne(name);
    return this.#inner.call(name, ...args);
  }

  launch(request: LaunchRequest): LaunchedProcess {
    this.#countOne("clone3");
    return this.#inner.launch(request);
  }

  #countOne(name: SyscallName): void {
    this.#count++;
    if (this.#count !== this.#failAt) return;
    this.#failed = name;
    throw new SystemCallError(name, this.#errno, `${name}: ${this.#errno} (on purpose)`);
  }
}
