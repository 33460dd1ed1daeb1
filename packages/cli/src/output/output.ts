/** Where a command writes to. */
export interface Output {
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /**
   * Writes to standard output; resolves when the bytes are taken.
   *
   * @throws {OutputClosed} when nobody reads them any more.
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
  return {
    isTerminal: process.stdout.isTTY === true,
    write: (data) => writeTo(process.stdout, data),
    writeError: (data) => writeTo(process.stderr, data),
  };
}

function writeTo(stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      stream.off("error", fail);
      reject(new OutputClosed("Cannot write: nobody reads any more", { cause }));
    };
    stream.on("error", fail);
    stream.write(data, (error) => {
      if (error === null || error === undefined) {
        stream.off("error", fail);
        resolve();
      } else {
        fail(error);
      }
    });
  });
}

/** Writes a value as JSON, indented for people, to standard output. */
export function writeJson(output: Output, value: unknown): Promise<void> {
  return output.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a value as one line of JSON to standard output. */
export function writeJsonLine(output: Output, value: unknown): Promise<void> {
  return output.write(`${JSON.stringify(value)}\n`);
}
