import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { ContainerError, type ErrorDocument, errorFromDocument, parseContainerId } from "@ctr/spec";
import { type InitDocument, initProcessId, shimFiles } from "../protocol.ts";
import { connectShim } from "./connect-shim.ts";
import { LineReader } from "./line-reader.ts";
import { recoverShim } from "./recover-shim.ts";
import type { ShimClient } from "./shim-client.ts";
import { shimCommand, shimEnvironment } from "./shim-command.ts";
import type { SpareJob, SpareShim, StartingShim } from "./spare-shim.ts";

/** What a shim needs to know. */
export interface StartShimOptions {
  /** Id of the container. */
  readonly id: string;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** `bunc`, in the shim's own process, or the path of any OCI runtime's binary. @default "bunc" */
  readonly runtime?: string;
  /** Absolute path of the container's directory, `<state-dir>/<id>`; made with mode 0700 when it is not there. */
  readonly directory: string;
  /** Stdio, log and the runtime's options; becomes `init/process.json`. */
  readonly process?: InitDocument;
  /** The shim's program and its first arguments. @default `shimCommand()` */
  readonly command?: readonly string[];
  /** A shim that was started ahead; one that cannot be used is passed over. */
  readonly spare?: SpareShim;
  /** How long creating may take, in ms. @default 30000 */
  readonly timeoutMs?: number;
}

/** What a shim prints once, when the container is created or could not be. */
export type ReadyLine =
  | { readonly pid: number; readonly shim: number }
  | { readonly error: ErrorDocument };

/**
 * Starts a shim in a session of its own, which creates the container; it outlives us.
 *
 * Resolves when the container is created. Otherwise nothing is left: no shim, no container, no file of theirs.
 *
 * @throws {ContainerError} what the runtime or the shim said; ERR_CONTAINER_EXISTS; ERR_SHIM_FAILED;
 *   ERR_CREATE_TIMEOUT.
 *
 * @example
 * ```ts
 * import { startShim } from "@ctr/shim/client";
 *
 * using shim = await startShim({
 *   id: "web",
 *   bundle: "/containers/web",
 *   directory: "/run/ctr/web",
 *   process: { log: { path: "/var/log/web.log" } },
 * });
 * await shim.start();
 * console.log(await shim.wait("init"));
 * await shim.delete();
 * ```
 */
export async function startShim(options: StartShimOptions): Promise<ShimClient> {
  const id = parseContainerId(options.id);
  await using rollback = new AsyncDisposableStack();
  const directory = makeProcessDirectory(options, rollback);
  const job = { id, bundle: options.bundle, runtime: options.runtime ?? "bunc", directory };
  const starting = (await options.spare?.give(job)) ?? spawnShim(options, job);
  const { child, lines } = starting;
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 30_000);
  const text = await lines.next().finally(() => clearTimeout(timer));
  starting.release();
  if (text === undefined) {
    const killed = (await child.exited) === 137 || child.signalCode === "SIGKILL";
    const error = await unexpectedEnd(id, directory, killed);
    await recoverShim({ ...options, id }).catch(() => undefined);
    throw error;
  }
  const ready: ReadyLine = JSON.parse(text);
  if ("error" in ready) {
    await child.exited;
    throw errorFromDocument(ready.error);
  }
  const client = await connectShim(options.directory);
  child.unref();
  rollback.move();
  return client;
}

/**
 * Makes the directory of the container's first process with its process.json. At once: each wait for another thread would
 * take longer than the work.
 */
function makeProcessDirectory(options: StartShimOptions, rollback: AsyncDisposableStack): string {
  const directory = join(options.directory, initProcessId);
  if (mkdirSync(options.directory, { recursive: true, mode: 0o700 }) !== undefined)
    rollback.defer(() => rmdir(options.directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    throw new ContainerError(`Cannot create container "${options.id}": "${directory}" exists`, {
      code: "ERR_CONTAINER_EXISTS",
      kind: "conflict",
      cause: error,
      hint: "Delete the container, or choose another id",
    });
  }
  rollback.defer(async () => {
    await rm(join(options.directory, shimFiles.socket), { force: true });
    await rm(directory, { recursive: true, force: true });
  });
  const text = JSON.stringify(options.process ?? {});
  writeFileSync(join(directory, shimFiles.process), text, { mode: 0o600, flag: "wx" });
  return directory;
}

function spawnShim(
  { command = shimCommand() }: StartShimOptions,
  { id, bundle, runtime, directory }: SpareJob,
): StartingShim {
  const log = openSync(join(directory, shimFiles.shimLog), "a", 0o600);
  try {
    const child = Bun.spawn([...command, id, bundle, runtime], {
      cwd: directory,
      env: shimEnvironment(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: log,
      detached: true,
    });
    const lines = new LineReader(child.stdout);
    return { child, lines, release: () => lines.close() };
  } finally {
    closeSync(log);
  }
}

async function unexpectedEnd(
  id: string,
  directory: string,
  timedOut: boolean,
): Promise<ContainerError> {
  if (timedOut) {
    return new ContainerError(`Cannot create container "${id}": it took too long`, {
      code: "ERR_CREATE_TIMEOUT",
      kind: "unavailable",
    });
  }
  const log = await readFile(join(directory, shimFiles.shimLog), "utf8").catch(() => "");
  const last = log.trim().split("\n").at(-1) ?? "";
  return new ContainerError(
    `Cannot create container "${id}": its shim ended unexpectedly: ${last}`,
    {
      code: "ERR_SHIM_FAILED",
      kind: "internal",
    },
  );
}
