import type { Kernel } from "./kernel.ts";

/** An open descriptor that is closed when it goes out of scope. */
export class FileDescriptor implements Disposable {
  readonly #kernel: Kernel;
  #number: number;

  /** Takes over an open descriptor. */
  constructor(kernel: Kernel, number: number) {
    this.#kernel = kernel;
    this.#number = number;
  }

  /** The descriptor's number; -1 once it is closed or given away. */
  get number(): number {
    return this.#number;
  }

  /** Gives the descriptor away: it is no longer closed here. */
  release(): number {
    const number = this.#number;
    this.#number = -1;
    return number;
  }

  /** Closes the descriptor, once. */
  [Symbol.dispose](): void {
    if (this.#number < 0) return;
    const number = this.release();
    this.#kernel.call("close", number);
  }
}
