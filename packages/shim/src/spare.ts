/**
 * A shim that is started ahead, and waits for the container that it is to hold: all that takes time before anything is known
 * of the container is done by then.
 *
 * @module
 */

import { warm } from "@ctr/runtime";
import { isErrno, linuxKernel, waitReadable, writeAll } from "@ctr/runtime/kernel";
import type { SpareJob, SpareLine } from "./client/spare-shim.ts";
import type { ReadyLine } from "./client/start-shim.ts";
import { hold } from "./hold.ts";
import { toContainerError } from "./holder/shim-log.ts";
import { hasChildren } from "./system/child-reaper.ts";
import { CommandLine } from "./system/command-line.ts";
import { closeFile, duplicate, openDescriptors, redirect } from "./system/descriptor.ts";

/** How long the thread sleeps at a time when its input is not one that can be waited for by reading, in ms. */
const patienceMs = 60_000;

/** How many containers one shim holds, one after the other: what little each leaves in its memory is not kept for ever. */
const containersMax = 100;

/**
 * Waits for a line on the standard input that says which container to hold, and holds it as if started for it. When the line
 * asks for that, and nothing of the container is left in this process, it waits for another one then.
 *
 * One line on the standard output says each time that it is ready.
 *
 * @returns the exit code: that of `hold()`, or 0 when the input ends before: whoever started us has died
 */
export async function spare(): Promise<number> {
  const commandLine = CommandLine.from("--spare");
  await getReady();
  using place = new WaitingPlace();
  for (let count = 1; ; count++) {
    // Hides the room that was made by a long argument.
    commandLine?.replace(["--spare"]);
    place.say({ spare: process.pid, room: commandLine?.room ?? 0 });
    const job = place.readJob();
    if (job === undefined) return 0;
    const { id, bundle, runtime } = job;
    try {
      place.leave(job.directory);
      commandLine?.replace([id, bundle, runtime]);
    } catch (error) {
      place.say({ error: toContainerError(error).toDocument() });
      return 1;
    }
    const { exitCode, isSound } = await hold({ id, bundle, runtime });
    const mayReturn = job.returns === true && exitCode === 0 && isSound && count < containersMax;
    if (!mayReturn || !(await place.comeBack())) return exitCode;
  }
}

async function getReady(): Promise<void> {
  // What is loaded only when a container needs it, and nearly every one does.
  await import("./driver/library-driver.ts");
  try {
    warm();
  } catch {
    // Where no container can be created the creation will say why.
  }
}

/** Where a shim waits: its working directory and its standard streams, which it gets back. */
class WaitingPlace implements Disposable {
  readonly #directory: string = process.cwd();
  /** Standard input, output and error. */
  readonly #streams: readonly number[] = [0, 1, 2].map(duplicate);
  readonly #known: ReadonlySet<number> = new Set(openDescriptors().keys());

  /** Goes to a container's directory, with the standard streams of one who was started there. */
  leave(directory: string): void {
    process.chdir(directory);
    redirect("/dev/null", ["O_RDONLY"], 0);
    this.#restore(1);
  }

  /** Returns whether nothing of the container was left, and it is back. */
  async comeBack(): Promise<boolean> {
    // What was closed just now is told of in the next turns.
    for (let turn = 0; turn < turnsMax && !this.#isClean(); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!this.#isClean()) return false;
    try {
      process.chdir(this.#directory);
      for (const stream of [0, 1, 2]) this.#restore(stream);
      return true;
    } catch {
      // The directory goes with whoever started us.
      return false;
    }
  }

  say(line: SpareLine | ReadyLine): void {
    writeAll(linuxKernel(), this.#stream(1), encoder.encode(`${JSON.stringify(line)}\n`));
  }

  /** Reads the line; `undefined` when the input ends before it does. Holds the thread: there is nothing else to do. */
  readJob(): SpareJob | undefined {
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(4096);
    let text = "";
    while (!text.endsWith("\n")) {
      const count = readInput(this.#stream(0), bytes);
      if (count === 0) return undefined;
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
    return JSON.parse(text);
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) closeFile(stream);
  }

  #stream(standard: number): number {
    return this.#streams[standard] ?? standard;
  }

  #restore(standard: number): void {
    linuxKernel().call("dup3", this.#stream(standard), standard, 0);
  }

  /** Whether there are no children, and no descriptors but those from before and Bun's own. */
  #isClean(): boolean {
    if (hasChildren()) return false;
    return [...openDescriptors()].every(
      ([descriptor, target]) => this.#known.has(descriptor) || bunsOwn.test(target),
    );
  }
}

/** What Bun waits for events with. */
const bunsOwn = /^anon_inode:\[(eventpoll|eventfd|timerfd)\]$/;
const turnsMax = 20;
const encoder = new TextEncoder();

function readInput(descriptor: number, bytes: Uint8Array): number {
  const kernel = linuxKernel();
  for (;;) {
    try {
      return kernel.call("read", descriptor, bytes, bytes.length);
    } catch (error) {
      if (isErrno(error, "EAGAIN")) waitReadable(kernel, descriptor, patienceMs);
      else if (!isErrno(error, "EINTR")) throw error;
    }
  }
}
