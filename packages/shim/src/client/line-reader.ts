/** Reads a stream line by line. */
export class LineReader {
  readonly #reader: {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(): Promise<void>;
  };
  readonly #decoder: TextDecoder = new TextDecoder();
  #text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Returns the next line without its newline; `undefined` when the stream ends before. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done || value === undefined) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Reads no further. */
  close(): void {
    void this.#reader.cancel();
  }
}
