/**
 * The shim's life: create the container, say so, serve until there is nothing left to hold.
 *
 * @module
 */

import { isErrno, linuxKernel, readTextIfExists, value, writeAll } from "@ctr/runtime/kernel";
import type { ReadyLine } from "./client/start-shim.ts";
import { openDriver } from "./driver/open-driver.ts";
import { HeldContainer } from "./holder/held-container.ts";
import { parseInitDocument } from "./holder/process-document.ts";
import { describeError, logTo, toContainerError } from "./holder/shim-log.ts";
import { shimFiles } from "./protocol.ts";
import { MemoryRelease } from "./release-memory.ts";
import { ShimServer } from "./server/shim-server.ts";
import { ChildReaper } from "./system/child-reaper.ts";
import { redirect } from "./system/descriptor.ts";
import { removeIfEmpty } from "./system/file.ts";

/** Which container is held. */
export interface HoldOptions {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
}

/**
 * Creates a container and holds it until it is deleted.
 *
 * The working directory is that of its first process. One line on the standard output tells that it is created, or why
 * not; then the standard output is closed.
 *
 * @returns the exit code: 0, or 1 when the container could not be created
 */
export async function hold(options: HoldOptions): Promise<number> {
  using memory = new MemoryRelease();
  const processDirectory = process.cwd();
  detach(processDirectory);
  using reaper = new ChildReaper();
  const created = Promise.withResolvers<HeldContainer>();
  created.promise.catch(() => undefined);
  const ended = Promise.withResolvers<boolean>();
  let server: ShimServer | undefined;
  try {
    const directory = parentOf(processDirectory);
    const document = parseInitDocument(readTextIfExists(linuxKernel(), shimFiles.process) ?? "{}");
    const driver = await openDriver({ ...options, directory, document, reaper });
    server = new ShimServer({
      ...options,
      path: `../${shimFiles.socket}`,
      container: created.promise,
    });
    const listening = server;
    const container = await HeldContainer.create({
      ...options,
      directory,
      document,
      driver,
      onWork: () => memory.schedule(),
      onEvent: (event) => listening.announce(event),
      onEnd: ended.resolve,
    });
    created.resolve(container);
    sayReady({ pid: container.pid, shim: process.pid });
  } catch (error) {
    created.reject(error);
    logTo(processDirectory, "error", describeError(error));
    server?.stopListening();
    await server?.closeConnections();
    sayReady({ error: toContainerError(error).toDocument() });
    return 1;
  }
  const deleted = await ended.promise;
  server.stopListening();
  if (deleted) removeIfEmpty(parentOf(processDirectory));
  await server.closeConnections();
  return 0;
}

/** Makes this process one that outlives whoever started it, and that inherits the processes of its container. */
function detach(directory: string): void {
  const kernel = linuxKernel();
  // What a process of the container gets from a runtime that does not set it; our own files say their mode.
  process.umask(0o022);
  kernel.call("prctl", value("PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0);
  try {
    kernel.call("setsid");
  } catch (error) {
    // Whoever started us has seen to it.
    if (!isErrno(error, "EPERM")) throw error;
  }
  // Only SIGKILL ends a shim: the container must not go because somebody ends a session or a group of processes.
  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE"]) {
    process.on(signal, () => undefined);
  }
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error: unknown) =>
      logTo(directory, "error", `Unexpected: ${describeError(error)}`),
    );
  }
  redirect(`${directory}/${shimFiles.shimLog}`, ["O_WRONLY", "O_CREAT", "O_APPEND"], 2);
}

/** Says once what became of the container; nobody may listen any more. */
function sayReady(line: ReadyLine): void {
  try {
    writeAll(linuxKernel(), 1, new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  } catch (error) {
    if (!isErrno(error, "EPIPE", "EBADF")) throw error;
  }
  redirect("/dev/null", ["O_RDWR"], 1);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
