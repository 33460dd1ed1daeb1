/**
 * A program in the foreground: it gets our signals and, with a terminal, our keys and the size of our window.
 *
 * @module
 */

import { write, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { promisify } from "node:util";
import { linuxKernel } from "../kernel/linux.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import type { ExitStatus } from "../kernel/wait.ts";
import { value } from "../machine/constants.ts";

/** What is in the foreground. */
export interface ForegroundProcess {
  readonly exited: Promise<ExitStatus>;
  kill(signal: string): Promise<void> | void;
  /** Master of its terminal; closed here. */
  readonly master: number | undefined;
}

const forwarded = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
] as const;

/** Waits for a program and relays meanwhile; returns what a shell would. */
export async function waitInForeground(process_: ForegroundProcess): Promise<number> {
  await using relays = new AsyncDisposableStack();
  for (const signal of forwarded) {
    const forward = (): void => {
      // It may have ended a moment ago.
      void Promise.try(() => process_.kill(signal)).catch(() => undefined);
    };
    process.on(signal, forward);
    relays.defer(() => void process.off(signal, forward));
  }
  if (process_.master !== undefined) relays.use(new TerminalRelay(process_.master));
  const { status } = await process_.exited;
  return status;
}

const writeLater = promisify(write);

/** Between our terminal and the container's. */
class TerminalRelay implements AsyncDisposable {
  readonly #master: number;
  readonly #output: ReadStream;
  readonly #drained: Promise<void>;
  readonly #restore: DisposableStack = new DisposableStack();
  #input: Promise<unknown> = Promise.resolve();

  constructor(master: number) {
    this.#master = master;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = promise;
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

  async [Symbol.asyncDispose](): Promise<void> {
    // What the program wrote last is still on its way, unless somebody else holds the terminal open.
    await Promise.race([this.#drained, Bun.sleep(drainMs)]);
    this.#restore.dispose();
    this.#output.destroy();
  }
}

/** How long output is waited for once the program has ended, in ms. */
const drainMs = 500;

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
