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
import { CommandLine } from "./system/command-line.ts";
import { redirect } from "./system/descriptor.ts";

/** How long the thread sleeps at a time when its input is not one that can be waited for by reading, in ms. */
const patienceMs = 60_000;

/**
 * Waits for a line on the standard input that says which container to hold, and holds it as if started for it.
 *
 * One line on the standard output says that it is ready.
 *
 * @returns the exit code: that of `hold()`, or 0 when the input ends before: whoever started us has died
 */
export async function spare(): Promise<number> {
  const commandLine = CommandLine.from("--spare");
  // Hides the room that was made by a long argument.
  commandLine?.replace(["--spare"]);
  await getReady();
  say({ spare: process.pid, room: commandLine?.room ?? 0 });
  const job = readJob();
  if (job === undefined) return 0;
  const { id, bundle, runtime, directory } = job;
  try {
    process.chdir(directory);
    redirect("/dev/null", ["O_RDONLY"], 0);
    commandLine?.replace([id, bundle, runtime]);
  } catch (error) {
    say({ error: toContainerError(error).toDocument() });
    return 1;
  }
  return await hold({ id, bundle, runtime });
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

function say(line: SpareLine | ReadyLine): void {
  writeAll(linuxKernel(), 1, new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

/** Reads the line; `undefined` when the input ends before it does. Holds the thread: there is nothing else to do. */
function readJob(): SpareJob | undefined {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(4096);
  let text = "";
  while (!text.endsWith("\n")) {
    const count = readInput(bytes);
    if (count === 0) return undefined;
    text += decoder.decode(bytes.subarray(0, count), { stream: true });
  }
  return JSON.parse(text);
}

function readInput(bytes: Uint8Array): number {
  const kernel = linuxKernel();
  for (;;) {
    try {
      return kernel.call("read", 0, bytes, bytes.length);
    } catch (error) {
      if (isErrno(error, "EAGAIN")) waitReadable(kernel, 0, patienceMs);
      else if (!isErrno(error, "EINTR")) throw error;
    }
  }
}
