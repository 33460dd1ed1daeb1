/** Holds back what is sent to a client that does not read. */
export class SendWindow {
  readonly #bytesMax: number;
  #waitingBytes = 0;
  #isFull = false;
  #isClosed = false;
  #wake: PromiseWithResolvers<void> | undefined;

  /** `bytesMax`: how many bytes may be unread by a client that says what it has read; else the socket decides. */
  constructor(bytesMax: number | undefined) {
    this.#bytesMax = bytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves when more may be sent, or the client is gone. */
  async room(): Promise<void> {
    while (!this.#isClosed && (this.#isFull || this.#waitingBytes >= this.#bytesMax)) {
      this.#wake ??= Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  /** Notes what was sent; `isFull`: the socket has to drain first. */
  sent(bytes: number, isFull: boolean): void {
    this.#waitingBytes += bytes;
    this.#isFull = isFull;
  }

  read(bytes: number): void {
    this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes);
    this.#notify();
  }

  drained(): void {
    this.#isFull = false;
    this.#notify();
  }

  close(): void {
    this.#isClosed = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}
