/**
 * The way of a terminal out of the container: the program sends its master over a socket.
 *
 * @module
 */

import { ContainerError, type Process } from "@ctr/spec";
import type { FileDescriptor } from "../../kernel/fd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import { connectUnixSocket, receiveDescriptor, socketPair } from "../../kernel/unix-socket.ts";
import { value } from "../../machine/constants.ts";

/**
 * Where the master of a terminal goes: to who listens on a Unix socket, or to the caller. For a caller who shows the
 * terminal as his own (`foreground`) it adds no carriage returns: his terminal does, and a file or a pipe wants none.
 */
export type ConsoleTarget = { readonly socket: string } | "keep" | "foreground";

/** What the program writes to, and where we read from. */
export interface ConsoleChannel {
  readonly program: FileDescriptor;
  readonly ours: FileDescriptor | undefined;
  /** The master, once it was taken for preparing the terminal. */
  master?: FileDescriptor | undefined;
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
  if (process.terminal !== true) {
    if (typeof target === "object") throw noTerminal(target.socket);
    return undefined;
  }
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
  if (target === "keep" || target === "foreground") {
    const [ours, program] = socketPair(kernel);
    const channel: ConsoleChannel = { ours: stack.use(ours), program: stack.use(program) };
    stack.defer(() => channel.master?.[Symbol.dispose]());
    return channel;
  }
  try {
    return { ours: undefined, program: stack.use(connectUnixSocket(kernel, target.socket)) };
  } catch (error) {
    throw new ContainerError(
      `Cannot reach the console socket "${target.socket}": ${reasonOf(error)}`,
      {
        code: "ERR_CONSOLE_SOCKET",
        kind: "invalid",
        cause: error,
        hint: "Somebody must listen on it",
      },
    );
  }
}

/** Whoever listens there would wait for ever. */
function noTerminal(socket: string): ContainerError {
  return new ContainerError(
    `Cannot use the console socket "${socket}": the process has no terminal (/process/terminal)`,
    {
      code: "ERR_CONSOLE_SOCKET",
      kind: "invalid",
      pointer: "/process/terminal",
      hint: "Set process.terminal, or leave the console socket out",
    },
  );
}

/** Takes the master that the program has sent; the caller closes it. */
export function receiveConsole(
  kernel: Kernel,
  channel: ConsoleChannel | undefined,
): number | undefined {
  if (channel?.master !== undefined) return channel.master.release();
  if (channel?.ours === undefined) return undefined;
  return receiveDescriptor(kernel, channel.ours.number)?.release();
}

/** Size of the kernel's `struct termios`, in words: input, output, control and local modes, then characters. */
const termiosWords = 9;

/** Makes the terminal leave ends of lines alone, before anything is written to it. */
export function prepareConsole(kernel: Kernel, channel: ConsoleChannel | undefined): void {
  if (channel?.ours === undefined) return;
  channel.master = receiveDescriptor(kernel, channel.ours.number);
  if (channel.master === undefined) return;
  const modes = new Int32Array(termiosWords);
  kernel.call("ioctl", channel.master.number, value("TCGETS"), modes);
  modes[1] = (modes[1] ?? 0) & ~value("ONLCR");
  kernel.call("ioctl", channel.master.number, value("TCSETS"), modes);
}
