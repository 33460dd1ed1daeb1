/** The start verb. @see runtime.md, "Start" */

import { ContainerError } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import { open, remove } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";
import type { Message } from "../program/report.ts";
import { readMessages } from "./process/report.ts";
import { stepFailure } from "./process/step-failure.ts";
import type { Status } from "./state/state.ts";
import type { StateDirectory, StateDocument } from "./state/state-directory.ts";

/**
 * Lets the process go on that waits for it, and waits until it is the user's program.
 *
 * @param ours the end that the process' report is read from, when we created it
 */
export async function startContainer(
  kernel: Kernel,
  directory: StateDirectory,
  state: StateDocument,
  status: Status,
  ours: FileDescriptor | undefined,
): Promise<void> {
  if (status === "stopped" || status === "creating") {
    // It may have said why, after it was ready.
    if (ours !== undefined) await throwFailure(kernel, state, ours.number);
    throw cannotStart(state.id, "cannot start a container that has stopped");
  }
  using start = claim(kernel, directory, state.id);
  if (start === undefined) {
    if (ours !== undefined) await throwFailure(kernel, state, ours.number);
    throw cannotStart(state.id, "its first process has ended");
  }
  using stack = new DisposableStack();
  const report = ours ?? stack.use(open(kernel, directory.reportFifo, ["O_RDONLY", "O_NONBLOCK"]));
  if (ours === undefined) kernel.call("fcntl", report.number, value("F_SETFL"), 0);
  remove(kernel, directory.reportFifo);
  kernel.call("write", start.number, new Uint8Array(1), 1);
  await throwFailure(kernel, state, report.number);
}

/** Waits until the program has become another or has ended, and throws what it failed at, if anything. */
async function throwFailure(kernel: Kernel, state: StateDocument, report: number): Promise<void> {
  for (const message of await allMessages(kernel, report)) {
    if ("failed" in message) throw stepFailure(state.remaining[message.failed], message.errno);
  }
}

async function allMessages(kernel: Kernel, report: number): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const messages = await readMessages(kernel, report);
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}

/** Only one can start a container: who renames its FIFO. Returns nothing when nobody waits on it any more. */
function claim(kernel: Kernel, directory: StateDirectory, id: string): FileDescriptor | undefined {
  const { execFifo } = directory;
  const claimed = `${execFifo}.claimed`;
  const here = value("AT_FDCWD");
  try {
    kernel.call("renameat2", here, execFifo, here, claimed, 0);
  } catch (error) {
    if (isErrno(error, "ENOENT")) {
      throw cannotStart(id, "cannot start an already running container");
    }
    throw error;
  }
  try {
    return open(kernel, claimed, ["O_WRONLY", "O_NONBLOCK"]);
  } catch (error) {
    if (isErrno(error, "ENXIO")) return undefined;
    throw error;
  } finally {
    remove(kernel, claimed);
  }
}

function cannotStart(id: string, why: string): ContainerError {
  return new ContainerError(`Cannot start container "${id}": ${why}`, {
    code: "ERR_CONTAINER_NOT_CREATED",
    kind: "conflict",
  });
}
