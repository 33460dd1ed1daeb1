import type { AttachedProcess } from "@ctr/shim/client";
import type { ServerWebSocket } from "bun";
import {
  type AttachQuery,
  type AttachServerMessage,
  attachStreams,
  stdinWindowBytes,
} from "../contract/attach.ts";
import { attachClientMessageSchema } from "../contract/attach-schema.ts";
import type { ProcessParams } from "../contract/operation.ts";
import type { ProcessExit } from "../contract/process.ts";
import type { DaemonLog } from "../services/container-context.ts";
import type { ContainerService } from "../services/container-service.ts";
import { within } from "../services/deadline.ts";
import { problemDocument } from "./problem.ts";
import { RequestError } from "./request-error.ts";
import { SendWindow } from "./send-window.ts";

/** How long the exit may take to be announced once the shim has told it to this client. */
const exitTimeoutMs = 10_000;
/** How long it may take when the shim has let go of this client without one: it may have died itself. */
const lostTimeoutMs = 1000;

/** What an {@linkcode AttachSocket} is made of. */
export interface AttachSocketOptions {
  readonly containers: ContainerService;
  readonly params: ProcessParams;
  readonly query: AttachQuery;
  readonly log: DaemonLog;
}

type Socket = Pick<ServerWebSocket<AttachSocket>, "send" | "close">;

/** One attached client: hands on between its WebSocket and the shim. */
export class AttachSocket {
  readonly #options: AttachSocketOptions;
  readonly #window: SendWindow;
  #process: AttachedProcess | undefined;
  #socket: Socket | undefined;
  readonly #attached: PromiseWithResolvers<void> = Promise.withResolvers();
  /** Writes to the standard input, one after the other, once there is one. */
  #input: Promise<void> = this.#attached.promise;
  #inputBytes = 0;
  #isClosed = false;

  constructor(options: AttachSocketOptions) {
    this.#options = options;
    this.#window = new SendWindow(options.query.window);
  }

  /** The connection is a WebSocket now. */
  async opened(socket: Socket): Promise<void> {
    this.#socket = socket;
    const { containers, params, query } = this.#options;
    try {
      const { execs } = await containers.get(params.id);
      const { stdin = true, output = true, whenSlow = "detach" } = query;
      const attached = await execs.attach(params.processId, { stdin, output, whenSlow });
      this.#process = attached;
      if (this.#isClosed) {
        attached.detach();
        return;
      }
      const { processId, terminal, pid } = attached;
      this.#say({ type: "attached", processId, terminal, ...(pid === undefined ? {} : { pid }) });
      this.#attached.resolve();
      await this.#sendOutput(attached);
      const timeoutMs = (await attached.exited) === undefined ? lostTimeoutMs : exitTimeoutMs;
      this.#say({ type: "exit", exit: await this.#exit(timeoutMs) });
      this.#close();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A message from the client. */
  message(_: Socket, message: string | Uint8Array): void {
    try {
      if (typeof message === "string") this.#handle(message);
      else this.#takeInput(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What was sent has been taken. */
  drained(): void {
    this.#window.drained();
  }

  /** The client is gone. */
  closed(): void {
    this.#isClosed = true;
    this.#window.close();
    this.#process?.detach();
  }

  async #sendOutput(attached: AttachedProcess): Promise<void> {
    for await (const { stream, data } of attached.output) {
      await this.#window.room();
      if (this.#isClosed) return;
      const message = new Uint8Array(data.length + 1);
      message[0] = attachStreams[stream];
      message.set(data, 1);
      const sent = this.#socket?.send(message) ?? 0;
      this.#window.sent(data.length, sent < 0);
    }
  }

  /** The exit as it is announced: who hears of it here finds it everywhere. */
  async #exit(timeoutMs: number): Promise<ProcessExit> {
    const { containers, params } = this.#options;
    const { id, processId } = params;
    const exit = await within(containers.wait(id, processId), timeoutMs);
    if (exit !== undefined) return exit;
    throw new RequestError(`Cannot go on with process "${processId}" of container "${id}"`, {
      code: "ERR_ATTACH_SLOW",
      httpStatus: 400,
      hint: "The client read too slowly: let the process wait for it with whenSlow=wait",
    });
  }

  #handle(text: string): void {
    const { containers, params } = this.#options;
    const message = attachClientMessageSchema.safeParse(parseJson(text));
    if (!message.success) throw invalidMessage(message.error);
    const { data } = message;
    switch (data.type) {
      case "read":
        this.#window.read(data.bytes);
        break;
      case "closeStdin":
        this.#inTurn(async () => await this.#process?.closeStdin());
        break;
      case "resize":
        containers
          .get(params.id)
          .then(({ container }) => container.shimOf("resize", params.processId))
          .then((shim) => shim.resize(params.processId, data.columns, data.rows))
          // The process can have ended meanwhile, or has no terminal: nothing to tell.
          .catch((error: unknown) => this.#options.log.debug("Cannot resize", error));
        break;
    }
  }

  #takeInput(message: Uint8Array): void {
    const data = message.slice(1);
    this.#inputBytes += data.length;
    if (message[0] !== attachStreams.stdin || this.#options.query.stdin === false) {
      throw invalidMessage(new Error("no standard input is expected"));
    }
    if (this.#inputBytes > 2 * stdinWindowBytes) {
      throw invalidMessage(new Error("more standard input than the process takes"));
    }
    this.#inTurn(async () => {
      await this.#process?.write(data);
      this.#inputBytes -= data.length;
      if (data.length > 0) this.#say({ type: "written", bytes: data.length });
    });
  }

  /** Does something to the standard input when what came before is done. */
  #inTurn(task: () => Promise<void>): void {
    this.#input = this.#input.then(task).catch((error: unknown) => this.#fail(error));
  }

  #say(message: AttachServerMessage): void {
    if (!this.#isClosed) this.#socket?.send(JSON.stringify(message));
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#say({ type: "problem", problem: problemDocument(error) });
    this.#close();
  }

  #close(): void {
    this.#socket?.close(1000);
    this.closed();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidMessage(cause: Error): RequestError {
  return new RequestError(`Cannot take a message of an attached client: ${cause.message}`, {
    code: "ERR_INVALID_MESSAGE",
    httpStatus: 400,
    cause,
  });
}
