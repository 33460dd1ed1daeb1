import { join } from "node:path";
import { ContainerError, type ErrorDocument, errorFromDocument } from "@ctr/spec";
import { initProcessId, type ProcessExit } from "../protocol.ts";
import { shimCommand, shimEnvironment } from "./shim-command.ts";

/** Whose shim has died. */
export interface RecoverOptions {
  readonly id: string;
  readonly bundle: string;
  /** @default "bunc" */
  readonly runtime?: string;
  /** The container's directory. */
  readonly directory: string;
  /** As in `StartShimOptions`. */
  readonly command?: readonly string[];
}

/** What `ctr-shim --recover` prints. */
export type RecoverLine =
  | { readonly exits: readonly ProcessExit[] }
  | { readonly error: ErrorDocument };

/**
 * Cleans up after a shim that died: nobody holds the container's stdio and nobody can learn its status any more.
 *
 * What still runs is killed and gets status 137. What is gone already, or whose pid has another process now, gets 255,
 * unless its status was written before. The container is deleted in the runtime; the files stay, now with a status in
 * each process' directory.
 *
 * @returns the exits, execs first and the container's first process last.
 * @throws {ContainerError} ERR_SHIM_ALIVE when the shim answers.
 */
export async function recoverShim(options: RecoverOptions): Promise<readonly ProcessExit[]> {
  const { id, bundle, runtime = "bunc", directory, command = shimCommand() } = options;
  const child = Bun.spawn([...command, "--recover", id, bundle, runtime], {
    cwd: join(directory, initProcessId),
    env: shimEnvironment(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [text, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if (text === "") {
    throw new ContainerError(`Cannot recover container "${id}": ${complaint.trim()}`, {
      code: "ERR_SHIM_FAILED",
      kind: "internal",
    });
  }
  const line: RecoverLine = JSON.parse(text);
  if ("error" in line) throw errorFromDocument(line.error);
  return line.exits;
}
