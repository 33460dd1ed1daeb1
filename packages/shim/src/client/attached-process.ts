import {
  type AttachResult,
  frameHeader,
  framePayloadMax,
  frameTypes,
  type ProcessExit,
} from "../protocol.ts";
import type { InputBuffer } from "../wire/input-buffer.ts";
import type { ShimConnection } from "./shim-connection.ts";

/** Options of {@linkcode ShimClient.attach}. */
export interface AttachOptions {
  /** Whether standard input is written. @default true */
  readonly stdin?: boolean;
  /** Whether output is wanted. @default true */
  readonly output?: boolean;
  /** See `AttachParams`. @default "detach" */
  readonly whenSlow?: "detach" | "wait";
}

/** A piece of output. */
export interface OutputFrame {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

/** The stdio of a process, over a connection of its own. */
export interface AttachedProcess extends Disposable {
  readonly processId: string;
  readonly terminal: boolean;
  /** Output in order; ends when the process has ended and all its output was read, or when the connection is gone. */
  readonly output: ReadableStream<OutputFrame>;
  /**
   * The exit, which comes after the last output; `undefined` when the connection ended before. It arrives only as
   * {@linkcode AttachedProcess.output} is read.
   */
  readonly exited: Promise<ProcessExit | undefined>;
  /** Writes to the standard input; resolves when the bytes are on their way. */
  write(data: Uint8Array): Promise<void>;
  /** Closes the standard input. */
  closeStdin(): Promise<void>;
  /** Closes the connection; the process goes on. */
  detach(): void;
}

/** Takes over a connection on which an attach was answered. */
export function attachedProcess(connection: ShimConnection, result: AttachResult): AttachedProcess {
  const exited = Promise.withResolvers<ProcessExit | undefined>();
  const output = new ReadableStream<OutputFrame>(
    {
      start: (controller) => {
        connection.readBytes((input) => {
          const exit = deliver(input, controller);
          if (exit !== undefined) exited.resolve(exit);
          if ((controller.desiredSize ?? 0) <= 0) connection.pause();
        });
        void connection.closed.then(() => {
          exited.resolve(undefined);
          try {
            controller.close();
          } catch {
            // It was cancelled or is closed already.
          }
        });
      },
      pull: () => connection.resume(),
      cancel: () => connection.close(),
    },
    new ByteLengthQueuingStrategy(),
  );
  const write = (data: Uint8Array): Promise<void> => {
    for (let at = 0; at < data.length; at += framePayloadMax) {
      const payload = data.subarray(at, at + framePayloadMax);
      connection.write(frameHeader(frameTypes.stdin, payload.length));
      connection.write(payload.slice());
    }
    return connection.flushed();
  };
  const detach = (): void => connection.close();
  return {
    ...result,
    output,
    exited: exited.promise,
    write,
    closeStdin: () => {
      connection.write(frameHeader(frameTypes.stdin, 0));
      return connection.flushed();
    },
    detach,
    [Symbol.dispose]: detach,
  };
}

/** Counts the bytes of frames: reading stops when 256 KiB wait. */
class ByteLengthQueuingStrategy implements QueuingStrategy<OutputFrame> {
  readonly highWaterMark: number = 256 * 1024;
  size(frame: OutputFrame | undefined): number {
    return frame?.data.length ?? 0;
  }
}

/** Hands on the frames that are complete; returns the exit when it was among them. */
function deliver(
  input: InputBuffer,
  controller: ReadableStreamDefaultController<OutputFrame>,
): ProcessExit | undefined {
  for (;;) {
    const frame = input.takeFrame(Number.POSITIVE_INFINITY);
    if (frame === undefined) return undefined;
    if (frame.type === frameTypes.exit) {
      return JSON.parse(new TextDecoder().decode(frame.payload));
    }
    const stream = frame.type === frameTypes.stderr ? "stderr" : "stdout";
    controller.enqueue({ stream, data: frame.payload.slice() });
  }
}
