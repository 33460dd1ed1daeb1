/** Output that arrived and waits to be read. */
export class OutputStream {
  readonly #onUsed: (bytes: number) => void;
  #waiting: Uint8Array[] = [];
  #wake: PromiseWithResolvers<void> | undefined;
  #ended = false;
  #cancelled = false;
  #error: Error | undefined;

  readonly readable: ReadableStream<Uint8Array>;

  /** `onUsed` is told how many bytes were read. */
  constructor(onUsed: (bytes: number) => void) {
    this.#onUsed = onUsed;
    this.readable = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#cancel() },
      // Nothing counts as read before somebody asks for it.
      { highWaterMark: 0 },
    );
  }

  push(data: Uint8Array): void {
    if (this.#cancelled) {
      this.#onUsed(data.length);
      return;
    }
    this.#waiting.push(data);
    this.#notify();
  }

  /** What was pushed can still be read; then the stream ends, with the error when there is one. */
  end(error: Error | undefined): void {
    this.#ended = true;
    this.#error = error;
    this.#notify();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#waiting.length === 0 && !this.#ended) {
      this.#wake ??= Promise.withResolvers();
      await this.#wake.promise;
    }
    if (this.#cancelled) return;
    const data = this.#waiting.shift();
    if (data !== undefined) {
      controller.enqueue(data);
      this.#onUsed(data.length);
    } else if (this.#error === undefined) {
      controller.close();
    } else {
      controller.error(this.#error);
    }
  }

  #cancel(): void {
    this.#cancelled = true;
    for (const data of this.#waiting) this.#onUsed(data.length);
    this.#waiting = [];
    this.end(undefined);
  }

  #notify(): void {
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}
