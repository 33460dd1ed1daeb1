import type { SyscallName } from "../machine/syscalls.ts";
import type { Kernel, KernelArg, LaunchedProcess, LaunchRequest } from "./kernel.ts";

/** One recorded system call: its name, then its arguments. */
export type RecordedCall = readonly [name: SyscallName, ...args: KernelArg[]];

/** A {@linkcode Kernel} that does nothing but remember what it was asked, for unit tests. */
export class RecordingKernel implements Kernel {
  /** Every call, in order. */
  readonly calls: RecordedCall[] = [];
  /** Every launch, in order. */
  readonly launches: LaunchRequest[] = [];
  readonly #answer: (call: RecordedCall) => number;

  /** @param answer what calls return; it may throw a {@linkcode SystemCallError}. Default: 0. */
  constructor(answer: (call: RecordedCall) => number = () => 0) {
    this.#answer = answer;
  }

  call(name: SyscallName, ...args: readonly KernelArg[]): number {
    const call: RecordedCall = [name, ...args];
    this.calls.push(call);
    return this.#answer(call);
  }

  launch(request: LaunchRequest): LaunchedProcess {
    this.launches.push(request);
    return { pid: 1000 + this.launches.length, pidfd: 100 + this.launches.length };
  }
}
