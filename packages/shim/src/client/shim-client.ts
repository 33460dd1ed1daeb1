import type { Process } from "@ctr/spec";
import type {
  ContainerFigures,
  ExecResult,
  Hello,
  OomEvent,
  ProcessExit,
  Resources,
  ShimMethod,
  ShimMethods,
  ShimState,
  StdioDocument,
} from "../protocol.ts";
import { type AttachedProcess, type AttachOptions, attachedProcess } from "./attached-process.ts";
import { ShimConnection } from "./shim-connection.ts";

/** What {@linkcode ShimClient.exec} executes. */
export interface ExecOptions extends StdioDocument {
  /** Name of the process; same characters as a container's id, and not `init`. */
  readonly processId: string;
  readonly process: Process;
}

/** An exec that was attached to from its first byte of output. */
export interface AttachedExec extends AttachedProcess {
  /** Host pid. */
  readonly pid: number;
}

/**
 * A shim, over its socket.
 *
 * Every method throws a `ContainerError`: the runtime's or the shim's own, or ERR_SHIM_GONE when the shim has died.
 */
export class ShimClient implements Disposable {
  readonly #connection: ShimConnection;
  readonly #socketPath: string;
  readonly #exitListeners: Set<(exit: ProcessExit) => void> = new Set();
  readonly #oomListeners: Set<(event: OomEvent) => void> = new Set();
  /** The container's directory, which holds the socket. */
  readonly directory: string;
  /** What the shim said of itself. */
  readonly hello: Hello;

  private constructor(
    directory: string,
    socketPath: string,
    hello: Hello,
    connection: ShimConnection,
  ) {
    this.directory = directory;
    this.hello = hello;
    this.#socketPath = socketPath;
    this.#connection = connection;
    connection.onEvent = ({ event, params }) => {
      if (event === "exited") for (const listener of this.#exitListeners) listener(params);
      if (event === "oom") for (const listener of this.#oomListeners) listener(params);
    };
  }

  /** Connects to the socket of the shim of a container's directory. */
  static async open(directory: string, socketPath: string): Promise<ShimClient> {
    const connection = await ShimConnection.open(socketPath);
    return new ShimClient(directory, socketPath, await connection.hello, connection);
  }

  /** Resolves when the connection is gone: the shim has ended, or the client was closed. */
  get closed(): Promise<void> {
    return this.#connection.closed;
  }

  /**
   * Calls back with every exit from now on, execs before the container's first process. Those that happened before
   * are in {@linkcode ShimClient.state}.
   */
  onExited(listener: (exit: ProcessExit) => void): Disposable {
    this.#exitListeners.add(listener);
    return { [Symbol.dispose]: () => this.#exitListeners.delete(listener) };
  }

  /** Calls back each time when memory runs out from now on. {@linkcode readShim} has those that were before. */
  onOom(listener: (event: OomEvent) => void): Disposable {
    this.#oomListeners.add(listener);
    return { [Symbol.dispose]: () => this.#oomListeners.delete(listener) };
  }

  /** Starts the container's first process. */
  async start(): Promise<void> {
    await this.#request("start", {});
  }

  /** Returns the container's status and its processes. */
  state(): Promise<ShimState> {
    return this.#request("state", {});
  }

  /** Executes a process in the container. */
  exec(options: ExecOptions): Promise<ExecResult> {
    return this.#request("exec", options);
  }

  /** Executes a process and attaches to it before it writes its first byte. */
  async execAttached(options: ExecOptions & AttachOptions): Promise<AttachedExec> {
    const connection = await ShimConnection.open(this.#socketPath);
    try {
      const result = await connection.request("execAttached", options);
      return { ...attachedProcess(connection, result), pid: result.pid };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Attaches to the stdio of a process. */
  async attach(processId: string, options: AttachOptions = {}): Promise<AttachedProcess> {
    const connection = await ShimConnection.open(this.#socketPath);
    try {
      return attachedProcess(
        connection,
        await connection.request("attach", { ...options, processId }),
      );
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Sends a signal to a process; with `all` to every process of the container. */
  async kill(
    processId: string,
    signal: string | number,
    options: { readonly all?: boolean } = {},
  ): Promise<void> {
    await this.#request("kill", { processId, signal, ...options });
  }

  /** Sets the size of a terminal. */
  async resize(processId: string, columns: number, rows: number): Promise<void> {
    await this.#request("resize", { processId, columns, rows });
  }

  /** Closes the standard input of a process. */
  async closeStdin(processId: string): Promise<void> {
    await this.#request("closeStdin", { processId });
  }

  /** Resolves when a process has ended, its output is drained and its status is on disk. */
  wait(processId: string): Promise<ProcessExit> {
    return this.#request("wait", { processId });
  }

  /** Returns the host pids of every process of the container. */
  async pids(): Promise<readonly number[]> {
    return (await this.#request("pids", {})).pids;
  }

  /** Returns what the container has used so far. */
  stats(): Promise<ContainerFigures> {
    return this.#request("stats", {});
  }

  /** Freezes the container. */
  async pause(): Promise<void> {
    await this.#request("pause", {});
  }

  /** Thaws the container. */
  async resume(): Promise<void> {
    await this.#request("resume", {});
  }

  /** Changes limits; what `resources` does not name stays as it is. */
  async update(resources: Resources): Promise<void> {
    await this.#request("update", { resources });
  }

  /** Opens the log files anew, after somebody has renamed them. */
  async reopenLogs(): Promise<void> {
    await this.#request("reopenLogs", {});
  }

  /** Removes an ended exec and its directory. */
  deleteProcess(processId: string): Promise<ProcessExit> {
    return this.#request("deleteProcess", { processId });
  }

  /** Deletes the container and the shim's files; resolves when the shim has let go of its socket. */
  async delete(options: { readonly force?: boolean } = {}): Promise<void> {
    await this.#request("delete", options);
    await this.#connection.closed;
  }

  /** Lets the program end although it is connected, or not (as it is at first). */
  setKeepsProcessAlive(keeps: boolean): void {
    this.#connection.setKeepsProcessAlive(keeps);
  }

  /** Closes the connection; the shim goes on. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  #request<M extends ShimMethod>(
    method: M,
    params: ShimMethods[M]["params"],
  ): Promise<ShimMethods[M]["result"]> {
    return this.#connection.request(method, params);
  }
}
