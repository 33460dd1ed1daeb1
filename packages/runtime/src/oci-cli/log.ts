/** `--log` and `--log-format`: lines that containerd and others read. */

import { ContainerError } from "@ctr/spec";
import { open, writeAll } from "../kernel/file.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { usageError } from "./flags.ts";
import { printError } from "./output.ts";

/** A level, as logrus names it. */
export type Level = "debug" | "info" | "warning" | "error";

/** Where diagnostics go. */
export class Log {
  readonly #path: string | undefined;
  readonly #format: "text" | "json";

  /** @throws {ContainerError} ERR_USAGE for another format */
  constructor(path: string | undefined, format = "text") {
    if (format !== "text" && format !== "json") {
      throw usageError(`Cannot use the log format "${format}"`, "There are text and json");
    }
    this.#format = format;
    this.#path = path === undefined || path === "" ? undefined : path;
  }

  /** Writes a line to the log file, if there is one. */
  write(level: Level, message: string): void {
    if (this.#path === undefined) return;
    const time = new Date().toISOString();
    const line =
      this.#format === "json"
        ? JSON.stringify({ level, msg: message, time })
        : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(message)}`;
    const kernel = linuxKernel();
    using file = open(kernel, this.#path, ["O_WRONLY", "O_CREAT", "O_APPEND"], 0o644);
    writeAll(kernel, file.number, new TextEncoder().encode(`${line}\n`));
  }

  /** Tells people and programs of a failure. */
  failure(error: unknown, debug: boolean): void {
    const message = error instanceof Error ? error.message : String(error);
    this.write("error", message);
    const hint = error instanceof ContainerError ? error.hint : undefined;
    printError(`bunc: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
    if (debug && error instanceof Error) printError(`${Bun.inspect(error)}\n`);
  }
}
