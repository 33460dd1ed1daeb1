/** What a queue writes to: a Bun socket, or anything that says how many bytes it took. */
export interface Sink {
  /** Returns how many bytes were taken; less than all when the other end does not read. */
  write(data: Uint8Array): number;
}

/** Bytes that wait until a socket takes them, in order. */
export class OutputQueue {
  readonly #sink: Sink;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #onEmpty: (() => void)[] = [];

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** How many bytes wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Writes now what is taken and keeps the rest; the caller does not change `data` afterwards. */
  push(data: Uint8Array): void {
    const taken = this.#waitingBytes === 0 ? Math.max(0, this.#sink.write(data)) : 0;
    if (taken === data.length) return;
    this.#waiting.push(data.subarray(taken));
    this.#waitingBytes += data.length - taken;
  }

  /** Writes on: the socket takes bytes again. */
  drain(): void {
    let count = 0;
    for (const data of this.#waiting) {
      const taken = Math.max(0, this.#sink.write(data));
      this.#waitingBytes -= taken;
      if (taken < data.length) {
        this.#waiting[count] = data.subarray(taken);
        break;
      }
      count++;
    }
    this.#waiting.splice(0, count);
    if (this.#waitingBytes === 0) this.#settle();
  }

  /** Forgets what waits: the socket is closed. */
  discard(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#settle();
  }

  /** Calls back when nothing waits any more; at once when nothing does. */
  whenEmpty(callback: () => void): void {
    if (this.#waitingBytes === 0) callback();
    else this.#onEmpty.push(callback);
  }

  #settle(): void {
    const callbacks = this.#onEmpty;
    this.#onEmpty = [];
    for (const callback of callbacks) callback();
  }
}
