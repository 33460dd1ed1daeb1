import { ContainerError } from "@ctr/spec";
import { stringifyExact } from "../exact-json.ts";
import type { HeldContainer } from "../holder/held-container.ts";
import { describeError, toContainerError } from "../holder/shim-log.ts";
import {
  type AttachParams,
  type ExecParams,
  lineLengthMax,
  type RequestLine,
  type ShimLine,
} from "../protocol.ts";
import type { Handover } from "../sleep/handover.ts";
import type { SavedConnection, SavedWait } from "../sleep/saved-shim.ts";
import { passesThrough } from "../stdio/open-stdio.ts";
import { InputBuffer } from "../wire/input-buffer.ts";
import { OutputQueue } from "../wire/output-queue.ts";
import { Attachment, type AttachmentConnection } from "./attachment.ts";
import { callMethod } from "./methods.ts";

/** What a connection needs of its socket. */
export interface ConnectionSocket {
  readonly fd: number;
  write(data: Uint8Array): number;
  end(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

const encoder = new TextEncoder();
const nothing = new Uint8Array(0);

/** A client's connection: lines of JSON, and frames after an attach. */
export class ShimConnection implements AttachmentConnection {
  readonly queue: OutputQueue;
  readonly #socket: ConnectionSocket;
  readonly #container: Promise<HeldContainer>;
  readonly #input: InputBuffer = new InputBuffer();
  #attachment: Attachment | undefined;
  /** An attach is under way: what arrives meanwhile are frames already. */
  #isAttaching = false;
  #isClosed = false;
  /** Requests that wait for the end of a process, by their id. */
  readonly #waits: Map<number, string> = new Map();
  /** How many other requests are under way. */
  #working = 0;

  /** @param container settles when it is created */
  constructor(socket: ConnectionSocket, container: Promise<HeldContainer>) {
    this.#socket = socket;
    this.#container = container;
    this.queue = new OutputQueue(socket);
  }

  /** Whether it carries frames. */
  get isAttached(): boolean {
    return this.#attachment !== undefined || this.#isAttaching;
  }

  /** Whether nothing is under way but waiting. */
  get isIdle(): boolean {
    const isQuiet = this.#input.isEmpty && this.queue.waitingBytes === 0;
    return !this.isAttached && this.#working === 0 && isQuiet;
  }

  /** Leaves the socket open for another shim. */
  save(handover: Handover): SavedConnection {
    return {
      socket: handover.watch(this.#socket.fd),
      waits: [...this.#waits].map(([id, processId]) => ({ id, processId })),
    };
  }

  /** Takes up what another shim was asked for. */
  resumeWaits(waits: readonly SavedWait[]): void {
    for (const { id, processId } of waits) {
      this.#handle({ id, method: "wait", params: { processId } });
    }
  }

  /** Sends a line. */
  send(line: ShimLine): void {
    if (!this.#isClosed) this.queue.push(encoder.encode(`${stringifyExact(line)}\n`));
  }

  /** Takes bytes that have arrived. */
  received(data: Uint8Array): void {
    this.#input.push(data);
    try {
      while (!this.isAttached && !this.#isClosed) {
        const line = this.#input.takeLine(lineLengthMax);
        if (line === undefined) return;
        this.#handle(parseRequest(line));
      }
      this.#attachment?.take(this.#input);
    } catch (error) {
      if (!this.isAttached) this.send({ error: toContainerError(error).toDocument() });
      this.finish();
    }
  }

  /** The socket takes bytes again. */
  drained(): void {
    this.queue.drain();
  }

  /** The socket is closed. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.queue.discard();
    this.#attachment?.detach();
  }

  finish(): void {
    this.queue.whenEmpty(() => this.#socket.end());
  }

  terminate(): void {
    this.#socket.terminate();
    this.closed();
  }

  pause(): void {
    if (!this.#isClosed) this.#socket.pause();
  }

  resume(): void {
    if (!this.#isClosed) this.#socket.resume();
  }

  #handle(request: RequestLine): void {
    const answered = Promise.withResolvers<void>();
    const { id, method, params = {} } = request;
    const act = method === "attach" || method === "execAttached" ? this.#attach : this.#call;
    const settled = this.#begin(method, params, id);
    act.call(this, method, params, id, answered.promise).then(
      () => {
        settled();
        answered.resolve();
      },
      (error) => {
        settled();
        this.send({ id, error: toContainerError(error).toDocument() });
        answered.resolve();
        // Lines that came after an attach that was refused.
        this.received(nothing);
      },
    );
  }

  /** Notes that a request is under way; returns what notes that it is answered. */
  #begin(method: string, params: object, id: number): () => void {
    if (method === "wait" && "processId" in params && typeof params.processId === "string") {
      this.#waits.set(id, params.processId);
      return () => this.#waits.delete(id);
    }
    this.#working++;
    return () => this.#working--;
  }

  async #call(method: string, params: object, id: number, answered: Promise<void>): Promise<void> {
    const container = await this.#container;
    // What the methods need of their parameters they check; what a client gets wrong beyond that fails in the kernel.
    const result = await callMethod(container, method as "state", params, answered);
    this.send({ id, result });
  }

  async #attach(
    method: string,
    params: object,
    id: number,
    answered: Promise<void>,
  ): Promise<void> {
    this.#isAttaching = true;
    this.pause();
    try {
      const container = await this.#container;
      const wanted = params as AttachParams & ExecParams;
      const wantsOutput = wanted.output !== false;
      if (method === "execAttached" && wantsOutput) {
        checkAttachable(passesThrough(wanted, wanted.process?.terminal === true), wanted.processId);
      }
      const process =
        method === "attach"
          ? container.process(wanted.processId)
          : await container.exec(execParams(wanted), answered);
      if (wantsOutput) checkAttachable(process.stdio.attachable, process.processId);
      const { processId, pid, stdio } = process;
      this.send({ id, result: { processId, pid, terminal: stdio.terminal } });
      if (this.#isClosed) return;
      this.#attachment = new Attachment(process, this, wanted);
    } finally {
      this.#isAttaching = false;
      this.resume();
    }
    // Frames that came with the request.
    this.received(nothing);
  }
}

/** What an exec takes of the parameters of `execAttached`. */
function execParams(params: AttachParams & ExecParams): ExecParams {
  const { stdin: _, output: __, whenSlow: ___, ...rest } = params;
  return rest;
}

/** Refuses to attach to output that does not come by here. */
function checkAttachable(isAttachable: boolean, processId: string): void {
  if (isAttachable) return;
  throw new ContainerError(
    `Cannot attach to the output of process "${processId}": it writes to a file by itself`,
    {
      code: "ERR_NOT_ATTACHABLE",
      kind: "conflict",
      hint: "Read the file, or attach without output",
    },
  );
}

/**
 * Reads a request.
 *
 * @throws {ContainerError} ERR_SHIM_PROTOCOL
 */
function parseRequest(line: string): RequestLine {
  try {
    const request = JSON.parse(line);
    const { id, method, params = {} } = request;
    if (typeof id === "number" && typeof method === "string" && isObject(params)) return request;
    throw new TypeError("it has no id, no method, or parameters that are not an object");
  } catch (error) {
    throw new ContainerError(`Cannot understand a request: ${describeError(error)}`, {
      code: "ERR_SHIM_PROTOCOL",
      kind: "invalid",
      cause: error,
    });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
