/** `--log` and `--log-format`: lines that containerd and others read. */

import { dirname } from "node:path";
import { ContainerError } from "@ctr/spec";
import { exists, open, writeAll } from "../kernel/file.ts";
import { linuxKernel } from "../kernel/linux.ts";
import { usageError } from "./flags.ts";
import { printError } from "./output.ts";

/** Levels, as logrus names them, from the most urgent on. */
const levels = ["error", "warning", "info", "debug"] as const;

/** A level. */
export type Level = (typeof levels)[number];

/** Other names for them, of crun and youki. */
const levelNames: ReadonlyMap<string, Level> = new Map([
  ...levels.map((level) => [level, level] as const),
  ["warn", "warning"],
  ["trace", "debug"],
]);

/** Where diagnostics go. */
export class Log {
  readonly #path: string | undefined;
  readonly #format: "text" | "json";
  readonly #level: Level;

  /** @throws {ContainerError} ERR_USAGE for another format or level */
  constructor(path: string | undefined, format = "text", level = "warning") {
    if (format !== "text" && format !== "json") {
      throw usageError(`Cannot use the log format "${format}"`, "There are text and json");
    }
    const known = levelNames.get(level);
    if (known === undefined) {
      throw usageError(`Cannot use the log level "${level}"`, `There are ${levels.join(", ")}`);
    }
    this.#level = known;
    this.#format = format;
    this.#path = path === undefined || path === "" ? undefined : path;
    if (this.#path !== undefined) checkWritable(this.#path);
  }

  /** Writes a line to the log file, if there is one. */
  write(level: Level, message: string): void {
    if (this.#path === undefined) return;
    const line = this.#line(level, message);
    const kernel = linuxKernel();
    using file = open(kernel, this.#path, ["O_WRONLY", "O_CREAT", "O_APPEND"], 0o644);
    writeAll(kernel, file.number, new TextEncoder().encode(`${line}\n`));
  }

  #line(level: Level, message: string): string {
    const time = new Date().toISOString();
    return this.#format === "json"
      ? JSON.stringify({ level, msg: message, time })
      : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(message)}`;
  }

  #wants(level: Level): boolean {
    return levels.indexOf(level) <= levels.indexOf(this.#level);
  }

  /** Tells what is done, step by step: the log file, or else stderr. */
  debug(message: string): void {
    if (!this.#wants("debug")) return;
    if (this.#path === undefined) printError(`${this.#line("debug", message)}\n`);
    else this.write("debug", message);
  }

  /** Tells whoever wants to know such things: the log file, or else stderr. */
  warning(message: string): void {
    if (!this.#wants("warning")) return;
    if (this.#path !== undefined) this.write("warning", message);
    else if (this.#format === "json") printError(`${this.#line("warning", message)}\n`);
    else printError(`bunc: warning: ${message}\n`);
  }

  /** Tells people and programs of a failure; on stderr in JSON when that was asked for and there is no file. */
  failure(error: unknown, debug: boolean): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#path === undefined && this.#format === "json") {
      printError(`${this.#line("error", message)}\n`);
      return;
    }
    this.write("error", message);
    const hint = error instanceof ContainerError ? error.hint : undefined;
    printError(`bunc: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
    if (debug && error instanceof Error) printError(`${stackOf(error)}\n`);
  }
}

/** What cannot be written to is told before anything is done; the file is made when there is something to write. */
function checkWritable(path: string): void {
  const kernel = linuxKernel();
  try {
    if (exists(kernel, path)) open(kernel, path, ["O_WRONLY", "O_APPEND"])[Symbol.dispose]();
    else open(kernel, dirname(path), ["O_PATH", "O_DIRECTORY"])[Symbol.dispose]();
  } catch (error) {
    throw usageError(`Cannot open the log file "${path}" (--log): ${String(error)}`);
  }
}

/** Where an error comes from, and what caused it. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncause: ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
