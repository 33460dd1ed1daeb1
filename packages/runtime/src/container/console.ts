/**
 * The way of a terminal out of the container: the program sends its master over a socket.
 *
 * @module
 */

import { ContainerError, type Process } from "@ctr/spec";
import type { FileDescriptor } from "../kernel/fd.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { connectUnixSocket, receiveDescriptor, socketPair } from "../kernel/unix-socket.ts";

/** Where the master of a terminal goes: to who listens on a Unix socket, or to the caller. */
export type ConsoleTarget = { readonly socket: string } | "keep";

/** What the program writes to, and where we read from. */
export interface ConsoleChannel {
  readonly program: FileDescriptor;
  readonly ours: FileDescriptor | undefined;
}

/**
 * Opens the way.
 *
 * @returns `undefined` when the process has no terminal
 * @throws {ContainerError} ERR_CONSOLE_REQUIRED, ERR_CONSOLE_SOCKET
 */
export function openConsole(
  kernel: Kernel,
  process: Process,
  target: ConsoleTarget | undefined,
  stack: DisposableStack,
): ConsoleChannel | undefined {
  if (process.terminal !== true) return undefined;
  if (target === undefined) {
    throw new ContainerError(
      "Cannot make a terminal (/process/terminal): nobody is there to hold it",
      {
        code: "ERR_CONSOLE_REQUIRED",
        kind: "invalid",
        pointer: "/process/terminal",
        hint: "Give a console socket, or run in the foreground",
      },
    );
  }
  if (target === "keep") {
    const [ours, program] = socketPair(kernel);
    return { ours: stack.use(ours), program: stack.use(program) };
  }
  try {
    return { ours: undefined, program: stack.use(connectUnixSocket(kernel, target.socket)) };
  } catch (error) {
    throw new ContainerError(
      `Cannot reach the console socket "${target.socket}": ${String(error)}`,
      {
        code: "ERR_CONSOLE_SOCKET",
        kind: "invalid",
        cause: error,
        hint: "Somebody must listen on it",
      },
    );
  }
}

/** Takes the master that the program has sent; the caller closes it. */
export function receiveConsole(
  kernel: Kernel,
  channel: ConsoleChannel | undefined,
): number | undefined {
  if (channel?.ours === undefined) return undefined;
  return receiveDescriptor(kernel, channel.ours.number)?.release();
}
