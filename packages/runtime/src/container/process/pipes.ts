/**
 * Pipes between a program of ours and one in a container. Bun reads and writes descriptors but never closes them:
 * that is done here, once.
 *
 * @module
 */

import { FileDescriptor } from "../../kernel/fd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { value } from "../../machine/constants.ts";

/** The two ends of a pipe, close-on-exec. */
export interface Pipe {
  readonly read: FileDescriptor;
  readonly write: FileDescriptor;
}

/** Makes a pipe. @see pipe(2) */
export function openPipe(kernel: Kernel): Pipe {
  const ends = new Int32Array(2);
  kernel.call("pipe2", ends, value("O_CLOEXEC"));
  return {
    read: new FileDescriptor(kernel, ends[0] ?? -1),
    write: new FileDescriptor(kernel, ends[1] ?? -1),
  };
}

/** The pipes of a program that runs in a container's namespaces: it writes the one and reads the other. */
export interface ProgramPipes {
  readonly report: Pipe;
  readonly sync: Pipe;
}

/**
 * Makes the pipes of a program.
 *
 * @param given owns the program's ends
 * @param kept owns ours
 */
export function openProgramPipes(
  kernel: Kernel,
  given: DisposableStack,
  kept: DisposableStack,
): ProgramPipes {
  const report = openPipe(kernel);
  given.use(report.write);
  kept.use(report.read);
  const sync = openPipe(kernel);
  given.use(sync.read);
  kept.use(sync.write);
  return { report, sync };
}

/** What can be read from a pipe; its descriptor is closed at the end, or when nobody wants to read on. */
export class PipeOutput implements AsyncDisposable {
  readonly #end: FileDescriptor;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  readonly stream: ReadableStream<Uint8Array>;

  /** @param end the end to read from; given away */
  constructor(end: FileDescriptor) {
    this.#end = end;
    this.stream = new ReadableStream({
      pull: async (controller) => {
        this.#chunks ??= Bun.file(end.number).stream()[Symbol.asyncIterator]();
        const next = await this.#chunks.next();
        if (next.done !== true) {
          controller.enqueue(next.value);
          return;
        }
        this.#end[Symbol.dispose]();
        controller.close();
      },
      cancel: () => this[Symbol.asyncDispose](),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end.number < 0) return;
    await this.#chunks?.return?.();
    this.#end[Symbol.dispose]();
  }
}

/** What can be written to a pipe; its descriptor is closed by `end()`. */
export class PipeInput implements AsyncDisposable {
  readonly #end: FileDescriptor;
  readonly #sink: Bun.FileSink;

  /** @param end the end to write to; given away */
  constructor(end: FileDescriptor) {
    this.#end = end;
    this.#sink = Bun.file(end.number).writer();
  }

  /** Writes bytes or a text; resolves when the pipe has taken them. */
  async write(data: Uint8Array | string): Promise<void> {
    this.#sink.write(data);
    await this.#sink.flush();
  }

  /** Lets the reader see the end of its input. */
  async end(): Promise<void> {
    if (this.#end.number < 0) return;
    try {
      await this.#sink.end();
    } finally {
      this.#end[Symbol.dispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    // Whoever was to read may be gone.
    return this.end().catch(() => undefined);
  }
}
