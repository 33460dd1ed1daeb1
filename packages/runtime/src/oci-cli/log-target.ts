/**
 * Where lines of the log go: a file, the system's log or systemd's journal, which `--log` names as crun has it.
 *
 * @see crun(1), `--log`; syslog(3); systemd-journald.service(8), "Journal Native Protocol"
 * @module
 */

import { dirname } from "node:path";
import { exists, open, writeAll } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { connectUnixSocket } from "../kernel/unix-socket.ts";
import { usageError } from "./flags.ts";
import type { Level } from "./log.ts";

/** Takes what is to be logged. */
export interface LogTarget {
  /** @param line the message as a file has it, without its end */
  write(level: Level, message: string, line: string): void;
}

/** Where the services listen. */
export interface LogSockets {
  readonly syslog: string;
  readonly journald: string;
}

const sockets: LogSockets = { syslog: "/dev/log", journald: "/run/systemd/journal/socket" };

/** What a log is told to come from, unless `--log` says otherwise. */
const defaultIdentifier = "bunc";

/**
 * Opens what `--log` names: `PATH`, `file:PATH`, `syslog:IDENTIFIER` or `journald:IDENTIFIER`. What cannot be written to is
 * told at once, before anything is done.
 *
 * @throws {ContainerError} ERR_USAGE
 */
export function openLogTarget(
  kernel: Kernel,
  name: string,
  { syslog, journald }: LogSockets = sockets,
): LogTarget {
  const [, kind, rest = ""] = /^(file|syslog|journald):(.*)$/s.exec(name) ?? [];
  if (kind === undefined || kind === "file") return logFile(kernel, kind === "file" ? rest : name);
  const identifier = rest === "" ? defaultIdentifier : rest;
  return kind === "syslog"
    ? service(kernel, name, syslog, (level, message) => syslogEntry(identifier, level, message))
    : service(kernel, name, journald, (level, message) => journalEntry(identifier, level, message));
}

function logFile(kernel: Kernel, path: string): LogTarget {
  try {
    if (exists(kernel, path)) open(kernel, path, ["O_WRONLY", "O_APPEND"])[Symbol.dispose]();
    else open(kernel, dirname(path), ["O_PATH", "O_DIRECTORY"])[Symbol.dispose]();
  } catch (error) {
    throw usageError(`Cannot open the log file "${path}" (--log): ${reasonOf(error)}`);
  }
  return {
    write(_, __, line) {
      // The file is made when there is something to write.
      using file = open(kernel, path, ["O_WRONLY", "O_CREAT", "O_APPEND"], 0o644);
      writeAll(kernel, file.number, new TextEncoder().encode(`${line}\n`));
    },
  };
}

function service(
  kernel: Kernel,
  name: string,
  path: string,
  entry: (level: Level, message: string) => Uint8Array,
): LogTarget {
  try {
    connectUnixSocket(kernel, path, "SOCK_DGRAM")[Symbol.dispose]();
  } catch (error) {
    throw usageError(
      `Cannot log to "${name}" (--log): nobody listens at "${path}": ${reasonOf(error)}`,
      "Name a file, or start the service",
    );
  }
  return {
    write(level, message) {
      using socket = connectUnixSocket(kernel, path, "SOCK_DGRAM");
      const bytes = entry(level, message);
      kernel.call("write", socket.number, bytes, bytes.length);
    },
  };
}

/** @see syslog(3), "Values for level" */
const severities: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

/** LOG_USER. */
const facility = 1 << 3;

function syslogEntry(identifier: string, level: Level, message: string): Uint8Array {
  const [, month, day, , time] = new Date().toString().split(" ");
  const date = `${month} ${Number(day).toString().padStart(2)} ${time}`;
  const priority = facility | severities[level];
  return new TextEncoder().encode(`<${priority}>${date} ${identifier}[${process.pid}]: ${message}`);
}

function journalEntry(identifier: string, level: Level, message: string): Uint8Array {
  const text = new TextEncoder().encode(message);
  const before = new TextEncoder().encode(
    `PRIORITY=${severities[level]}\nSYSLOG_IDENTIFIER=${identifier}\nMESSAGE\n`,
  );
  // A message may have several lines, so its length goes before it.
  const bytes = new Uint8Array(before.length + 8 + text.length + 1);
  bytes.set(before);
  new DataView(bytes.buffer).setBigUint64(before.length, BigInt(text.length), true);
  bytes.set(text, before.length + 8);
  bytes[bytes.length - 1] = 0x0a;
  return bytes;
}
