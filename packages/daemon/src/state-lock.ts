import { Database } from "bun:sqlite";
import { join } from "node:path";
import { ContainerError } from "@ctr/spec";
import { makePrivateFile } from "./directories.ts";

/**
 * Takes the one lock of a state directory. It is the kernel's, by way of SQLite: it ends with the process, whatever ends
 * that.
 *
 * @throws {ContainerError} ERR_DAEMON_RUNNING when another daemon has it.
 */
export function lockStateDirectory(directory: string): Disposable {
  const path = join(directory, "ctrd.lock");
  makePrivateFile(path);
  const database = new Database(path, { strict: true });
  try {
    // Nothing is ever written, so that there is nothing to recover.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw daemonRunning(directory, error);
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** `where`: the socket or the directory that is taken. */
export function daemonRunning(where: string, cause?: unknown): ContainerError {
  return new ContainerError(`Cannot start ctrd: another one uses "${where}"`, {
    code: "ERR_DAEMON_RUNNING",
    kind: "conflict",
    hint: "Use that one, stop it, or name other places with --state-dir and --root",
    ...(cause === undefined ? {} : { cause }),
  });
}
