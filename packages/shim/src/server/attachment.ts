import type { HeldProcess } from "../holder/held-process.ts";
import {
  type AttachParams,
  frameHeader,
  framePayloadMax,
  frameTypes,
  type ProcessExit,
} from "../protocol.ts";
import type { OutputStream } from "../stdio/output-stream.ts";
import type { OutputListener } from "../stdio/process-output.ts";
import type { InputBuffer } from "../wire/input-buffer.ts";
import type { OutputQueue } from "../wire/output-queue.ts";

/** Most bytes that wait for a client before it is detached, and before it holds the process back. */
const waitingBytesMax = { detach: 4 * 1024 * 1024, wait: 256 * 1024 } as const;
/** Most bytes of input that wait for the process before a client is read from no further. */
const waitingInputBytesMax = 64 * 1024;

/** What an {@linkcode Attachment} needs of its connection. */
export interface AttachmentConnection {
  readonly queue: OutputQueue;
  /** Closes once everything is sent. */
  finish(): void;
  /** Closes now. */
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** A client on the stdio of a process, over a connection that carries frames. */
export class Attachment implements OutputListener {
  readonly #process: HeldProcess;
  readonly #connection: AttachmentConnection;
  readonly #wantsOutput: boolean;
  readonly #givesInput: boolean;
  readonly #whenSlow: "detach" | "wait";
  #hasWritten = false;
  #isPaused = false;

  /** Attaches: from here on the connection gets output, and at last the exit. */
  constructor(process: HeldProcess, connection: AttachmentConnection, params: AttachParams) {
    this.#process = process;
    this.#connection = connection;
    this.#wantsOutput = params.output !== false;
    this.#givesInput = params.stdin !== false;
    this.#whenSlow = params.whenSlow === "wait" ? "wait" : "detach";
    if (process.exit === undefined) process.stdio.output.attach(this);
    else this.exited(process.exit);
  }

  output(stream: OutputStream, data: Uint8Array): void {
    if (!this.#wantsOutput) return;
    const { queue } = this.#connection;
    queue.push(frameHeader(frameTypes[stream], data.length));
    queue.push(data);
    if (this.#whenSlow === "detach" && queue.waitingBytes > waitingBytesMax.detach) {
      this.#connection.terminate();
    }
  }

  ready(): Promise<void> | undefined {
    const { queue } = this.#connection;
    if (this.#whenSlow === "detach" || queue.waitingBytes <= waitingBytesMax.wait) return undefined;
    return new Promise((resolve) => queue.whenEmpty(resolve));
  }

  exited(exit: ProcessExit): void {
    const { queue } = this.#connection;
    const payload = new TextEncoder().encode(JSON.stringify(exit));
    queue.push(frameHeader(frameTypes.exit, payload.length));
    queue.push(payload);
    this.#connection.finish();
  }

  /**
   * Takes the frames that have arrived.
   *
   * @throws {ContainerError} ERR_SHIM_PROTOCOL
   */
  take(input: InputBuffer): void {
    for (;;) {
      const frame = input.takeFrame(framePayloadMax);
      if (frame === undefined) return;
      if (frame.type !== frameTypes.stdin || !this.#givesInput) continue;
      this.#hasWritten = true;
      if (frame.payload.length === 0) this.#closeInput();
      // The payload is part of a buffer that the next bytes may go into.
      else this.#write(frame.payload.slice());
    }
  }

  /** The connection is gone. */
  detach(): void {
    const { stdio } = this.#process;
    stdio.output.detach(this);
    if (this.#hasWritten && stdio.closesInputOnce && stdio.takesInput) stdio.closeInput();
  }

  #closeInput(): void {
    if (this.#process.stdio.takesInput) this.#process.stdio.closeInput();
  }

  #write(data: Uint8Array): void {
    const { stdio } = this.#process;
    stdio.write(data);
    if (this.#isPaused || stdio.waitingInputBytes <= waitingInputBytesMax) return;
    this.#isPaused = true;
    this.#connection.pause();
    void stdio.inputTaken.then(() => {
      this.#isPaused = false;
      this.#connection.resume();
    });
  }
}
