import { FileDescriptor } from "../../kernel/fd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { reap } from "../../kernel/wait.ts";
import { value } from "../../machine/constants.ts";
import { assemble } from "../../program/assemble.ts";
import type { Program } from "../../program/step.ts";

/** Waits until the other end of a pipe is closed. */
const waiting: Program = {
  preserveFds: 0,
  descriptors: ["report", "hold"],
  steps: [
    {
      call: "read",
      args: [{ descriptor: "hold" }, { buffer: "byte", size: 1 }, 1],
      origin: "",
      does: "wait for the container",
    },
    { exit: 0 },
  ],
};

/**
 * A process that does nothing, for as long as it is not disposed of: systemd makes scopes only around processes, and the
 * container's first one is to be born in its cgroup.
 */
export class Placeholder implements Disposable {
  readonly pid: number;
  readonly #kernel: Kernel;
  readonly #hold: FileDescriptor;
  readonly #pidfd: FileDescriptor;

  constructor(kernel: Kernel) {
    const ends = new Int32Array(2);
    kernel.call("pipe2", ends, value("O_CLOEXEC"));
    using reading = new FileDescriptor(kernel, ends[0] ?? -1);
    using holding = new FileDescriptor(kernel, ends[1] ?? -1);
    // The program has the same end of the pipe in every place: it holds nothing else of ours.
    const { pid, pidfd } = kernel.launch({
      image: assemble(waiting),
      name: "bunc-scope",
      descriptors: Array.from({ length: 5 }, () => reading.number),
      namespaces: 0n,
    });
    this.pid = pid;
    this.#kernel = kernel;
    this.#pidfd = new FileDescriptor(kernel, pidfd);
    this.#hold = new FileDescriptor(kernel, holding.release());
  }

  /** Ends the process, once. */
  [Symbol.dispose](): void {
    if (this.#hold.number < 0) return;
    this.#hold[Symbol.dispose]();
    using pidfd = this.#pidfd;
    reap(this.#kernel, pidfd.number, "block");
  }
}
