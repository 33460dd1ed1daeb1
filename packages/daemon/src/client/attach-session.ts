import { ContainerError } from "@ctr/spec";
import {
  type AttachClientMessage,
  type AttachQuery,
  type AttachServerMessage,
  attachStreams,
} from "../contract/attach.ts";
import type { ProcessExit } from "../contract/process.ts";
import { connectionError, problemError, queryText } from "./http.ts";
import { InputWindow } from "./input-window.ts";
import { OutputStream } from "./output-stream.ts";
import { connectablePath } from "./socket-path.ts";

/** How much output may be on its way, unread, before the daemon stops sending. */
const outputWindowBytes = 512 * 1024;
const chunkBytesMax = 64 * 1024;

/** How a client attaches; see {@linkcode AttachQuery}. */
export type AttachOptions = Omit<AttachQuery, "window">;

/** The stdio of a process in a container. */
export interface AttachSession extends Disposable {
  readonly processId: string;
  /** Whether it has a terminal: then everything comes on `stdout`. */
  readonly terminal: boolean;
  /** Host pid, of an exec that this attach has started. */
  readonly pid: number | undefined;
  /** The standard input. Closing it closes that of the process; aborting it does nothing to the process. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Output that nobody reads is held back once half a mebibyte of both streams together waits: read both, or cancel one. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * The exit, which comes after the last output; `undefined` after {@linkcode AttachSession.detach}. Rejects with the
   * reason when the connection ended before: ERR_DAEMON_GONE; ERR_ATTACH_SLOW.
   */
  readonly exited: Promise<ProcessExit | undefined>;
  /** Sets the size of the terminal. */
  resize(columns: number, rows: number): void;
  /** Closes the connection; the process goes on. */
  detach(): void;
}

type Attached = Extract<AttachServerMessage, { readonly type: "attached" }>;

/**
 * Attaches to a process; starts it when it is an exec that waits for that.
 *
 * @throws {ContainerError} what the daemon said; ERR_DAEMON_UNREACHABLE.
 */
export async function openAttachSession(
  socketPath: string,
  path: string,
  options: AttachOptions,
): Promise<AttachSession> {
  const connection = new AttachConnection(socketPath, path, options);
  return connection.session(await connection.attached);
}

class AttachConnection {
  readonly #socket: WebSocket;
  readonly #socketPath: string;
  readonly #attached: PromiseWithResolvers<Attached> = Promise.withResolvers();
  readonly #exited: PromiseWithResolvers<ProcessExit | undefined> = Promise.withResolvers();
  readonly #stdout: OutputStream = new OutputStream((bytes) => this.#used(bytes));
  readonly #stderr: OutputStream = new OutputStream((bytes) => this.#used(bytes));
  readonly #input: InputWindow = new InputWindow();
  #unreported = 0;
  #ended = false;

  constructor(socketPath: string, path: string, options: AttachOptions) {
    this.#socketPath = socketPath;
    const query = queryText({ ...options, window: outputWindowBytes });
    // Nobody may be waiting for either.
    this.#exited.promise.catch(() => undefined);
    this.#attached.promise.catch(() => undefined);
    try {
      const target = connectablePath(socketPath);
      this.#socket = new WebSocket(`ws+unix://${target.path}:/v1${path}${query}`);
      const release = (): void => target[Symbol.dispose]();
      this.#socket.addEventListener("open", release, { once: true });
      this.#socket.addEventListener("error", release, { once: true });
    } catch (error) {
      throw connectionError(socketPath, error);
    }
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("message", (event) => this.#receive(event.data));
    this.#socket.addEventListener("close", () => this.#end(connectionError(socketPath, undefined)));
    this.#socket.addEventListener("error", () => this.#end(this.#connectError()));
  }

  get attached(): Promise<Attached> {
    return this.#attached.promise;
  }

  session({ processId, terminal, pid }: Attached): AttachSession {
    const detach = (): void => this.#end(undefined);
    return {
      processId,
      terminal,
      pid,
      stdin: new WritableStream<Uint8Array>({
        write: (data) => this.#write(data),
        close: () => this.#say({ type: "closeStdin" }),
      }),
      stdout: this.#stdout.readable,
      stderr: this.#stderr.readable,
      exited: this.#exited.promise,
      resize: (columns, rows) => this.#say({ type: "resize", columns, rows }),
      detach,
      [Symbol.dispose]: detach,
    };
  }

  #connectError(): ContainerError {
    return new ContainerError(`Cannot reach ctrd at "${this.#socketPath}": nobody answers`, {
      code: "ERR_DAEMON_UNREACHABLE",
      kind: "unavailable",
      hint: "Start ctrd, or name its socket",
    });
  }

  #say(message: AttachClientMessage): void {
    if (!this.#ended) this.#socket.send(JSON.stringify(message));
  }

  /** Tells the daemon how much was read, some of it at a time. */
  #used(bytes: number): void {
    this.#unreported += bytes;
    if (this.#unreported < outputWindowBytes / 4) return;
    this.#say({ type: "read", bytes: this.#unreported });
    this.#unreported = 0;
  }

  async #write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length; at += chunkBytesMax) {
      const chunk = data.subarray(at, at + chunkBytesMax);
      const message = new Uint8Array(chunk.length + 1);
      message[0] = attachStreams.stdin;
      message.set(chunk, 1);
      await this.#input.room();
      this.#input.sent(chunk.length);
      this.#socket.send(message);
    }
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const bytes = new Uint8Array(data);
      const stream = bytes[0] === attachStreams.stderr ? this.#stderr : this.#stdout;
      stream.push(bytes.subarray(1));
    } else if (typeof data === "string") {
      this.#handle(JSON.parse(data));
    }
  }

  #handle(message: AttachServerMessage): void {
    switch (message.type) {
      case "attached":
        this.#attached.resolve(message);
        break;
      case "written":
        this.#input.taken(message.bytes);
        break;
      case "exit":
        this.#exited.resolve(message.exit);
        this.#end(undefined);
        break;
      case "problem":
        this.#end(problemError(message.problem));
        break;
    }
  }

  /** Ends everything, once: with an error, or in order. */
  #end(error: ContainerError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (error === undefined) this.#exited.resolve(undefined);
    else this.#exited.reject(error);
    this.#attached.reject(error ?? connectionError(this.#socketPath, undefined));
    this.#stdout.end(error);
    this.#stderr.end(error);
    this.#input.close();
    this.#socket.close();
  }
}
