/** Between our terminal and the container's. */

import { write, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { linuxKernel } from "../kernel/linux.ts";
import { waitReadable } from "../kernel/poll.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";

const writeLater = promisify(write);

/** Keys go in, output comes out, and the size of our window goes along. */
export class TerminalRelay implements AsyncDisposable {
  readonly #master: number;
  readonly #output: ReadStream;
  readonly #drained: Promise<void>;
  readonly #restore: DisposableStack = new DisposableStack();
  #input: Promise<unknown> = Promise.resolve();
  #isDrained = false;

  constructor(master: number) {
    this.#master = master;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = promise.then(() => {
      this.#isDrained = true;
    });
    this.#output = new ReadStream(master);
    this.#output.on("data", (chunk: Uint8Array) => writeAll(1, chunk));
    // Reading fails with EIO once nobody has the other end open.
    this.#output.on("error", () => resolve());
    this.#output.on("end", () => resolve());
    this.#resize();
    const resize = (): void => this.#resize();
    process.on("SIGWINCH", resize);
    this.#restore.defer(() => void process.off("SIGWINCH", resize));
    this.#readKeys();
  }

  #readKeys(): void {
    const { stdin } = process;
    if (stdin.isTTY) {
      stdin.setRawMode(true);
      this.#restore.defer(() => void stdin.setRawMode(false));
    }
    const send = (chunk: Uint8Array): void => {
      this.#input = this.#input.then(() => this.#send(chunk)).catch(() => undefined);
    };
    stdin.on("data", send);
    this.#restore.defer(() => {
      stdin.off("data", send);
      stdin.pause();
    });
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      at += (await writeLater(this.#master, chunk.subarray(at))).bytesWritten;
    }
  }

  /** Gives the container's terminal the size of ours. */
  #resize(): void {
    const kernel = linuxKernel();
    const size = new Uint8Array(8);
    for (const ours of [0, 1, 2]) {
      try {
        kernel.call("ioctl", ours, value("TIOCGWINSZ"), size);
        kernel.call("ioctl", this.#master, value("TIOCSWINSZ"), size);
        return;
      } catch (error) {
        if (!isErrno(error, "ENOTTY", "EBADF", "EIO")) throw error;
      }
    }
  }

  /** Whether there is something to read: output, or that nobody has the other end open. */
  #holdsMore(): boolean {
    return waitReadable(linuxKernel(), this.#master, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What the program wrote last is still on its way, unless somebody else holds the terminal open.
    const until = performance.now() + drainMaxMs;
    do {
      await Promise.race([this.#drained, Bun.sleep(drainMs)]);
      // On a busy machine the time may pass before we get to read what has been there all along.
    } while (!this.#isDrained && performance.now() < until && this.#holdsMore());
    this.#restore.dispose();
    this.#output.destroy();
  }
}

/** How long output is waited for once the program has ended and nothing is there to be read, in ms. */
const drainMs = 500;
/** How long it is relayed when somebody else goes on writing, in ms. */
const drainMaxMs = 5000;

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") continue;
      return;
    }
  }
}
