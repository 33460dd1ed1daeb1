/**
 * `NOTIFY_SOCKET`: a program in a container tells systemd that it is ready, by way of us.
 *
 * ```
 *   program ──READY=1──> $NOTIFY_SOCKET/notify, bound from <state>/notify ──> us ──READY=1, MAINPID, BARRIER──> systemd
 * ```
 *
 * In the container the caller's path is a directory, as with crun: a socket that is made when the container starts is
 * seen there, a file that is bound would have to be there before.
 *
 * Only `READY=` is passed on, as runc has it: what else a program says is not to be trusted with the unit.
 *
 * @see sd_notify(3), runc's docs/systemd.md
 * @module
 */

import type { Config } from "@ctr/spec";
import { FileDescriptor } from "../kernel/fd.ts";
import { makeDirectory, open, remove } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { waitReadable } from "../kernel/poll.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import { sendDescriptor } from "../kernel/unix-socket.ts";
import { value } from "../machine/constants.ts";

/** Where the container finds the socket of a caller whose own has no path: an abstract one. */
const withoutPath = "/run/notify";
const socketName = "notify";
const messageMax = 4096;
const pollEveryMs = 10;
const barrierMs = 30_000;

/** The socket that our caller gave us, when there is one. */
export function callersNotifySocket(): string | undefined {
  const path = process.env["NOTIFY_SOCKET"] ?? "";
  return path === "" ? undefined : path;
}

/**
 * Gives the container a directory of its state to find the socket in.
 *
 * @param host the caller's socket
 */
export function withNotifySocket(
  kernel: Kernel,
  config: Config,
  stateDirectory: string,
  host: string,
): Config {
  const inContainer = host.startsWith("/") ? host : withoutPath;
  const source = notifyDirectory(stateDirectory);
  makeDirectory(kernel, source, 0o755);
  const { process = { cwd: "/" } } = config;
  return {
    ...config,
    mounts: [
      ...(config.mounts ?? []),
      {
        destination: inContainer,
        source,
        type: "bind",
        options: ["bind", "nosuid", "noexec", "nodev", "ro"],
      },
    ],
    process: {
      ...process,
      env: [...(process.env ?? []), `NOTIFY_SOCKET=${inContainer}/${socketName}`],
    },
  };
}

function notifyDirectory(stateDirectory: string): string {
  return `${stateDirectory}/notify`;
}

/** The end that the program in the container talks to. */
export class NotifySocket implements Disposable {
  readonly #kernel: Kernel;
  readonly #directory: FileDescriptor;
  readonly #socket: FileDescriptor;
  readonly #host: string;

  /** @param host the socket that is told when the program is ready */
  private constructor(kernel: Kernel, directory: FileDescriptor, host: string) {
    this.#kernel = kernel;
    this.#host = host;
    this.#directory = directory;
    this.#socket = datagramSocket(kernel);
    // By way of a descriptor any path is short enough for an address.
    const path = `/proc/self/fd/${directory.number}/${socketName}`;
    kernel.call("bind", this.#socket.number, ...address(path));
    kernel.call("fchmodat", directory.number, socketName, 0o777);
  }

  /** Listens; `undefined` when the container was created without. */
  static listen(kernel: Kernel, stateDirectory: string, host: string): NotifySocket | undefined {
    let directory: FileDescriptor;
    try {
      directory = open(kernel, notifyDirectory(stateDirectory), ["O_PATH", "O_DIRECTORY"]);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
    try {
      return new NotifySocket(kernel, directory, host);
    } catch (error) {
      directory[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Waits until the program is ready and tells so.
   *
   * @param mainPid the process that systemd is to look after
   * @param isOver whether there is nobody left who could be ready
   */
  async forward(mainPid: number, isOver: () => boolean): Promise<void> {
    const ready = await this.#untilReady(isOver);
    if (ready === undefined) return;
    const kernel = this.#kernel;
    using socket = datagramSocket(kernel);
    kernel.call("connect", socket.number, ...address(this.#host));
    for (const text of [`${ready}\n`, `MAINPID=${mainPid}\n`]) {
      const bytes = new TextEncoder().encode(text);
      kernel.call("write", socket.number, bytes, bytes.length);
    }
    await this.#barrier(socket.number);
  }

  async #untilReady(isOver: () => boolean): Promise<string | undefined> {
    const kernel = this.#kernel;
    const buffer = new Uint8Array(messageMax);
    for (;;) {
      while (waitReadable(kernel, this.#socket.number, 0)) {
        const length = kernel.call("read", this.#socket.number, buffer, buffer.length);
        const lines = new TextDecoder().decode(buffer.subarray(0, length)).split("\n");
        const ready = lines.find((line) => line.startsWith("READY="));
        if (ready !== undefined) return ready;
      }
      if (isOver()) return undefined;
      await Bun.sleep(pollEveryMs);
    }
  }

  /** Waits until systemd has read what was sent: it closes the descriptor then (sd_notify_barrier(3)). */
  async #barrier(socket: number): Promise<void> {
    const kernel = this.#kernel;
    const ends = new Int32Array(2);
    kernel.call("pipe2", ends, value("O_CLOEXEC"));
    using reading = new FileDescriptor(kernel, ends[0] ?? -1);
    {
      using writing = new FileDescriptor(kernel, ends[1] ?? -1);
      sendDescriptor(kernel, socket, writing.number, "BARRIER=1");
    }
    const deadline = performance.now() + barrierMs;
    while (!waitReadable(kernel, reading.number, 0) && performance.now() < deadline) {
      await Bun.sleep(pollEveryMs);
    }
  }

  [Symbol.dispose](): void {
    remove(this.#kernel, `/proc/self/fd/${this.#directory.number}/${socketName}`);
    this.#socket[Symbol.dispose]();
    this.#directory[Symbol.dispose]();
  }
}

function datagramSocket(kernel: Kernel): FileDescriptor {
  const type = value("SOCK_DGRAM", "SOCK_CLOEXEC");
  return new FileDescriptor(kernel, kernel.call("socket", value("AF_UNIX"), type, 0));
}

const addressSize = 110;

/** `struct sockaddr_un`; a path that begins with `@` stands for an abstract one. */
function address(path: string): [Uint8Array, number] {
  const bytes = new Uint8Array(addressSize);
  new DataView(bytes.buffer).setUint16(0, value("AF_UNIX"), true);
  const { written } = new TextEncoder().encodeInto(path.replace(/^@/, "\0"), bytes.subarray(2));
  return [bytes, path.startsWith("@") ? 2 + written : addressSize];
}
