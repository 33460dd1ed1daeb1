/** Reads what an init program says. */

import type { Kernel } from "../../kernel/kernel.ts";
import { waitReadable } from "../../kernel/poll.ts";
import { decodeMessages, type Message, messageSize } from "../../program/report.ts";

/** How long the thread is held for a message, in ms: nearly all programs have spoken before. */
const patienceMs = 20;

/**
 * Returns the next messages; none at the end, when the program has become another or has ended.
 *
 * @param report a blocking descriptor
 */
export async function readMessages(kernel: Kernel, report: number): Promise<Message[]> {
  const bytes = new Uint8Array(messageSize * 16);
  const count = waitReadable(kernel, report, patienceMs)
    ? kernel.call("read", report, bytes, bytes.length)
    : await readLater(report, bytes);
  return decodeMessages(bytes.subarray(0, count));
}

/** Waits on a thread of its own; what that takes is loaded when it is needed. */
async function readLater(descriptor: number, bytes: Uint8Array): Promise<number> {
  const { read } = await import("node:fs");
  return await new Promise((resolve, reject) => {
    read(descriptor, bytes, 0, bytes.length, null, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
