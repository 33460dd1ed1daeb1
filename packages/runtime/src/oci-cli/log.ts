/** `--log` and `--log-format`: lines that containerd and others read. */

import { ContainerError } from "@ctr/spec";
import { linuxKernel } from "../kernel/linux.ts";
import { usageError } from "./flags.ts";
import { type LogTarget, openLogTarget } from "./log-target.ts";
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
  readonly #target: LogTarget | undefined;
  readonly #format: "text" | "json";
  readonly #level: Level;

  /**
   * @param name see `openLogTarget()`
   * @throws {ContainerError} ERR_USAGE for another format or level
   */
  constructor(name: string | undefined, format = "text", level = "warning") {
    if (format !== "text" && format !== "json") {
      throw usageError(`Cannot use the log format "${format}"`, "There are text and json");
    }
    const known = levelNames.get(level);
    if (known === undefined) {
      throw usageError(`Cannot use the log level "${level}"`, `There are ${levels.join(", ")}`);
    }
    this.#level = known;
    this.#format = format;
    if (name !== undefined && name !== "") this.#target = openLogTarget(linuxKernel(), name);
  }

  /** Writes a line to the log, if there is one. */
  write(level: Level, message: string): void {
    this.#target?.write(level, message, this.#line(level, message));
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
    if (this.#target === undefined) printError(`${this.#line("debug", message)}\n`);
    else this.write("debug", message);
  }

  /** Tells whoever wants to know such things: the log file, or else stderr. */
  warning(message: string): void {
    if (!this.#wants("warning")) return;
    if (this.#target !== undefined) this.write("warning", message);
    else if (this.#format === "json") printError(`${this.#line("warning", message)}\n`);
    else printError(`bunc: warning: ${message}\n`);
  }

  /** Tells people and programs of a failure; on stderr in JSON when that was asked for and there is no file. */
  failure(error: unknown, debug: boolean): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#target === undefined && this.#format === "json") {
      printError(`${this.#line("error", message)}\n`);
      return;
    }
    this.write("error", message);
    const hint = error instanceof ContainerError ? error.hint : undefined;
    printError(`bunc: ${message}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
    if (debug && error instanceof Error) printError(`${stackOf(error)}\n`);
  }
}

/** Where an error comes from, and what caused it. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncause: ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
