import { ContainerError } from "@ctr/spec";
import { stdinWindowBytes } from "../contract/attach.ts";

/** Counts the input that the daemon has not taken yet, and holds the writer back when it is much. */
export class InputWindow {
  #waiting = 0;
  #closed = false;
  #wake: PromiseWithResolvers<void> | undefined;

  /**
   * Resolves when more may be sent.
   *
   * @throws {ContainerError} ERR_STDIN_CLOSED when nobody reads it any more.
   */
  async room(): Promise<void> {
    while (!this.#closed && this.#waiting > stdinWindowBytes / 4) {
      this.#wake ??= Promise.withResolvers();
      await this.#wake.promise;
    }
    if (this.#closed) {
      throw new ContainerError(
        "Cannot write to the standard input: the process is not attached to",
        {
          code: "ERR_STDIN_CLOSED",
          kind: "conflict",
        },
      );
    }
  }

  sent(bytes: number): void {
    this.#waiting += bytes;
  }

  taken(bytes: number): void {
    this.#waiting -= bytes;
    this.#notify();
  }

  close(): void {
    this.#closed = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}
