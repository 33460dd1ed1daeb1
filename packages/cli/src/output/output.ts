import { stringifyExact } from "@ctr/daemon/client";
import { ContainerError } from "@ctr/spec";

/** Where a command writes to. */
export interface Output {
  /**
   * Writes to standard output; resolves when the bytes are taken.
   *
   * @throws {OutputClosed} when nobody reads them any more.
   * @throws {ContainerError} ERR_OUTPUT_FAILED when they cannot be written for another reason.
   */
  write(data: string | Uint8Array): Promise<void>;
  /** As `write`, to standard error. */
  writeError(data: string | Uint8Array): Promise<void>;
}

/** Nobody reads the output any more, as in `ctr logs web | head`. */
export class OutputClosed extends Error {
  static {
    OutputClosed.prototype.name = "OutputClosed";
  }
}

/** Exit code of a program that a broken pipe ends: 128 and SIGPIPE. */
export const brokenPipeExitCode = 141;

/** Returns the output of this process. */
export function processOutput(): Output {
  for (const stream of [process.stdout, process.stderr]) {
    // A failure reaches whoever writes; the event that comes as well must not end the process.
    stream.on("error", () => undefined);
  }
  return {
    write: (data) => writeTo(process.stdout, data),
    writeError: (data) => writeTo(process.stderr, data),
  };
}

function writeTo(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (cause) => {
      if (cause === null || cause === undefined) resolve();
      else reject(writeError(cause));
    });
  });
}

function writeError(cause: Error): Error {
  if ("code" in cause && cause.code === "EPIPE") {
    return new OutputClosed("Cannot write: nobody reads any more", { cause });
  }
  return new ContainerError(`Cannot write the output: ${cause.message}`, {
    code: "ERR_OUTPUT_FAILED",
    kind: "internal",
    hint: "Is the disk full?",
    cause,
  });
}

/** Writes a value as JSON, indented for people, to standard output. */
export function writeJson(output: Output, value: unknown): Promise<void> {
  return output.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** As {@linkcode writeJsonLine}, for values that can hold bigints: their digits are written. */
export function writeExactJsonLine(output: Output, value: unknown): Promise<void> {
  return output.write(`${stringifyExact(value)}\n`);
}

/** Writes a value as one line of JSON to standard output. */
export function writeJsonLine(output: Output, value: unknown): Promise<void> {
  return output.write(`${JSON.stringify(value)}\n`);
}
