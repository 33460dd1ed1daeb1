import { ContainerError, errorFromDocument } from "@ctr/spec";
import { parseExact } from "../exact-json.ts";
import {
  type Hello,
  lineLengthMax,
  protocolVersion,
  type ShimEvent,
  type ShimLine,
  type ShimMethod,
  type ShimMethods,
} from "../protocol.ts";
import { InputBuffer } from "../wire/input-buffer.ts";
import { OutputQueue } from "../wire/output-queue.ts";

type Settle = Pick<PromiseWithResolvers<object>, "resolve" | "reject">;
/** How long a shim has for its hello; one that hangs is as good as dead. */
const helloTimeoutMs = 10_000;

type ClientSocket = Bun.Socket<undefined>;

/** One connection to a shim's socket: answers find their requests, events go to a listener. */
export class ShimConnection {
  readonly #input: InputBuffer = new InputBuffer();
  readonly #pending: Map<number, Settle> = new Map();
  readonly #hello: PromiseWithResolvers<Hello> = Promise.withResolvers();
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #path: string;
  #socket: ClientSocket | undefined;
  #output: OutputQueue | undefined;
  #nextId = 1;
  /** After an attach: takes the bytes that follow the answer. */
  #onBytes: ((input: InputBuffer) => void) | undefined;
  #attachId: number | undefined;
  /** Whether an attach was answered: what follows are frames. */
  #attached = false;
  #failure: ContainerError | undefined;

  /** Is called with everything that the shim tells without being asked. */
  onEvent: ((event: ShimEvent) => void) | undefined;

  private constructor(path: string) {
    this.#path = path;
    this.#hello.promise.catch(() => undefined);
  }

  /**
   * Connects and reads the hello.
   *
   * @throws {ContainerError} ERR_SHIM_GONE when nobody listens; ERR_SHIM_PROTOCOL when it speaks another version.
   */
  static async open(path: string): Promise<ShimConnection> {
    const connection = new ShimConnection(path);
    try {
      connection.#socket = await connect(path, {
        open: (socket) => connection.#opened(socket),
        data: (_, data) => connection.#received(data),
        drain: () => connection.#output?.drain(),
        close: () => connection.#ended(),
        error: (_, error) => connection.#close(error),
      });
    } catch (error) {
      throw gone(path, error);
    }
    const timer = setTimeout(() => connection.#close(undefined), helloTimeoutMs);
    const hello = await connection.#hello.promise.finally(() => clearTimeout(timer));
    if (hello.protocol !== protocolVersion) {
      connection.close();
      throw new ContainerError(
        `Cannot talk to the shim of "${hello.id}": it speaks protocol ${hello.protocol}, this client ${protocolVersion}`,
        {
          code: "ERR_SHIM_PROTOCOL",
          kind: "unsupported",
          hint: "Use the release that started it",
        },
      );
    }
    return connection;
  }

  /** What the shim said first. */
  get hello(): Promise<Hello> {
    return this.#hello.promise;
  }

  /** Resolves when the connection is gone, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Makes a request and waits for its answer. */
  async request<M extends ShimMethod>(
    method: M,
    params: ShimMethods[M]["params"],
  ): Promise<ShimMethods[M]["result"]> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = this.#nextId++;
    const settle = Promise.withResolvers<object>();
    this.#pending.set(id, settle);
    if (method === "attach" || method === "execAttached") this.#attachId = id;
    this.write(new TextEncoder().encode(`${JSON.stringify({ id, method, params })}\n`));
    return await settle.promise;
  }

  /** After an attach: hands on the bytes that follow, those included that have arrived already. */
  readBytes(onBytes: (input: InputBuffer) => void): void {
    this.#onBytes = onBytes;
    onBytes(this.#input);
  }

  /** Sends bytes. */
  write(data: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#output?.push(data);
  }

  /** Resolves when everything that was written has been taken by the kernel. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#output?.whenEmpty(resolve) ?? resolve());
  }

  /** Stops reading until {@linkcode ShimConnection.resume}: the shim sees a client that does not read. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Lets the process end although this connection is open, or not. */
  setKeepsProcessAlive(keeps: boolean): void {
    if (keeps) this.#socket?.ref();
    else this.#socket?.unref();
  }

  /** Closes the connection; what waits for answers fails. */
  close(): void {
    this.#socket?.end();
    this.#close(undefined);
  }

  #opened(socket: ClientSocket): void {
    this.#socket = socket;
    this.#output = new OutputQueue(socket);
  }

  #received(data: Uint8Array): void {
    this.#input.push(data);
    this.#readLines("let the asker go on");
  }

  /** What has arrived is still worth something when the shim is gone. */
  #ended(): void {
    this.#readLines("all");
    this.#close(undefined);
  }

  /**
   * Takes the lines that have arrived. Who waits for an answer goes on before the events behind it are told: the exit of
   * an exec is never known before the exec.
   */
  #readLines(pace: "let the asker go on" | "all"): void {
    try {
      while (!this.#attached && this.#failure === undefined) {
        const text = this.#input.takeLine(lineLengthMax);
        if (text === undefined) return;
        const line = parseExact(text) as ShimLine;
        this.#handle(line);
        if (pace !== "all" && "id" in line && !this.#attached) {
          if (!this.#input.isEmpty) setImmediate(() => this.#readLines(pace));
          return;
        }
      }
      this.#onBytes?.(this.#input);
    } catch (error) {
      this.#socket?.terminate();
      this.#close(error);
    }
  }

  #handle(line: ShimLine): void {
    if ("hello" in line) {
      this.#hello.resolve(line.hello);
    } else if ("event" in line) {
      this.onEvent?.(line);
    } else if ("id" in line) {
      const settle = this.#pending.get(line.id);
      this.#pending.delete(line.id);
      if ("error" in line) settle?.reject(errorFromDocument(line.error));
      else settle?.resolve(line.result);
      this.#attached = line.id === this.#attachId && "result" in line;
    } else {
      this.#close(errorFromDocument(line.error));
    }
  }

  #close(cause: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = cause instanceof ContainerError ? cause : gone(this.#path, cause);
    this.#output?.discard();
    this.#hello.reject(this.#failure);
    for (const settle of this.#pending.values()) settle.reject(this.#failure);
    this.#pending.clear();
    this.#onBytes?.(this.#input);
    this.#closed.resolve();
  }
}

/** Connects; a socket's address holds 107 bytes, so that a longer path goes by way of its directory. */
async function connect(path: string, socket: Bun.SocketHandler<undefined>): Promise<ClientSocket> {
  if (new TextEncoder().encode(path).length <= 107)
    return await Bun.connect({ unix: path, socket });
  const { closeSync, constants, openSync } = await import("node:fs");
  const slash = path.lastIndexOf("/");
  const directory = openSync(path.slice(0, slash), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const unix = `/proc/self/fd/${directory}/${path.slice(slash + 1)}`;
    return await Bun.connect({ unix, socket });
  } finally {
    closeSync(directory);
  }
}

function gone(path: string, cause: unknown): ContainerError {
  return new ContainerError(`Cannot reach the shim at "${path}": nobody answers`, {
    code: "ERR_SHIM_GONE",
    kind: "unavailable",
    ...(cause === undefined ? {} : { cause }),
  });
}
