import { isErrno, linuxKernel } from "@ctr/runtime/kernel";
import { closeFile, setNonBlocking } from "../system/descriptor.ts";

/**
 * Writes to a pipe, a FIFO or the master of a terminal without waiting; what is not taken at once is kept, in order.
 *
 * When nobody can read any more, what is written is thrown away.
 */
export class DescriptorWriter {
  readonly #descriptor: number;
  #sink: Bun.FileSink | undefined;
  #waitingBytes = 0;
  /** Settles when everything that was written so far is taken; never rejects. */
  #taken: Promise<void> = Promise.resolve();
  #broken = false;
  #ended = false;

  /** Takes over a descriptor. */
  constructor(descriptor: number) {
    setNonBlocking(descriptor);
    this.#descriptor = descriptor;
  }

  /** The descriptor; `undefined` once it is closed, or going to be. */
  get descriptor(): number | undefined {
    return this.#ended ? undefined : this.#descriptor;
  }

  /** How many bytes wait to be taken. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Resolves when everything that was written so far is taken. */
  get taken(): Promise<void> {
    return this.#taken;
  }

  /** Writes bytes, which the caller does not change afterwards. */
  write(data: Uint8Array): void {
    if (this.#ended || this.#broken) return;
    const rest = this.#waitingBytes === 0 ? data.subarray(this.#writeNow(data)) : data;
    if (rest.length === 0 || this.#broken) return;
    this.#waitingBytes += rest.length;
    this.#taken = this.#taken.then(() => this.#writeWhenPossible(rest));
  }

  /** Closes the descriptor once everything is written. */
  end(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#taken = this.#taken.then(() => this.#close());
    }
    return this.#taken;
  }

  /** Throws away what waits, and closes the descriptor. */
  abandon(): void {
    this.#broken = true;
    void this.end();
  }

  /** Returns how many bytes were taken without waiting. */
  #writeNow(data: Uint8Array): number {
    let at = 0;
    try {
      while (at < data.length) {
        at += linuxKernel().call("write", this.#descriptor, data.subarray(at), data.length - at);
      }
    } catch (error) {
      if (!isErrno(error, "EAGAIN")) this.#broken = true;
    }
    return at;
  }

  async #writeWhenPossible(data: Uint8Array): Promise<void> {
    try {
      if (!this.#broken) {
        this.#sink ??= Bun.file(this.#descriptor).writer({ highWaterMark: 1 });
        await this.#sink.write(data);
        await this.#sink.flush();
      }
    } catch {
      this.#broken = true;
    } finally {
      this.#waitingBytes -= data.length;
    }
  }

  #close(): void {
    // The sink leaves the descriptor open; what it may still hold has nobody to read it.
    void Promise.resolve(this.#sink?.end()).catch(() => undefined);
    closeFile(this.#descriptor);
  }
}
