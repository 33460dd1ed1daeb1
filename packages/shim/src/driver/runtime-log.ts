import { linuxKernel, readAll } from "@ctr/runtime/kernel";
import { closeFile, openFile, seekToEnd } from "../system/descriptor.ts";

/** What a runtime writes to its log while a command runs. */
export class RuntimeLog implements Disposable {
  readonly #descriptor: number;

  /** Opens the log, which is made when it is not there, and remembers where it ends. */
  constructor(path: string) {
    this.#descriptor = openFile(path, ["O_RDWR", "O_CREAT", "O_APPEND"], 0o600);
    seekToEnd(this.#descriptor);
  }

  /** Returns the message of the last error since then; `undefined` when there is none. */
  lastError(): string | undefined {
    const text = new TextDecoder().decode(readAll(linuxKernel(), this.#descriptor));
    const lines = text.trimEnd().split("\n");
    return lines.map(errorMessage).findLast((message) => message !== undefined);
  }

  [Symbol.dispose](): void {
    closeFile(this.#descriptor);
  }
}

/** Reads `{"level":"error","msg":"..."}`; runtimes write other things too, and crash. */
function errorMessage(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line);
    const isError = level === "error" || level === "fatal";
    return isError && typeof msg === "string" ? msg : undefined;
  } catch {
    return undefined;
  }
}
