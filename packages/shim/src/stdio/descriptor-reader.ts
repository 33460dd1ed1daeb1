import { closeFile, setNonBlocking } from "../system/descriptor.ts";

/** Takes what was read; a promise holds further reading back. */
export type OnData = (data: Uint8Array) => Promise<void> | undefined;

/** How much is read before everybody else gets a turn: bytes, and pieces, of which each costs something however small. */
const turnBytesMax = 128 * 1024;
const turnChunksMax = 64;

/**
 * Reads a pipe, a FIFO or the master of a terminal as bytes arrive, and no further than they are taken: what is not
 * read holds back who writes. One who writes without end, and faster than we read, does not keep the process from anything
 * else: what is there at once is read without a turn of the event loop, so we make one.
 */
export class DescriptorReader {
  readonly #descriptor: number;
  readonly #reader: {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  readonly #onData: OnData;
  #chunks = 0;
  #closed = false;
  /** Resolves when nobody can write any more, or after `close()`; the descriptor is closed by then. */
  readonly ended: Promise<void>;

  /** Takes over a descriptor and begins to read. */
  constructor(descriptor: number, onData: OnData) {
    setNonBlocking(descriptor);
    this.#descriptor = descriptor;
    this.#onData = onData;
    this.#reader = Bun.file(descriptor).stream().getReader();
    this.ended = this.#pump();
  }

  /** The descriptor; `undefined` once it is closed. */
  get descriptor(): number | undefined {
    return this.#closed ? undefined : this.#descriptor;
  }

  /** How many pieces were read so far; tells whether anything arrived meanwhile. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Stops reading. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      await this.#reader.cancel();
    }
    await this.ended;
  }

  async #pump(): Promise<void> {
    let [bytes, chunks] = [0, 0];
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done || value === undefined || this.#closed) return;
        this.#chunks++;
        const taken = this.#onData(value);
        if (taken !== undefined) await taken;
        bytes += value.length;
        chunks++;
        if (bytes < turnBytesMax && chunks < turnChunksMax) continue;
        [bytes, chunks] = [0, 0];
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } catch {
      // EIO: the last process has closed the terminal. Whatever else it is, there is nothing more to read.
    } finally {
      this.#closed = true;
      closeFile(this.#descriptor);
    }
  }
}
