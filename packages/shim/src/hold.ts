/**
 * The shim's life: create the container, say so, serve until there is nothing left to hold. In between it may sleep, and is
 * another process image when it wakes up.
 *
 * @module
 */

import { isErrno, linuxKernel, readTextIfExists, value, writeAll } from "@ctr/runtime/kernel";
import type { ReadyLine } from "./client/start-shim.ts";
import { openDriver } from "./driver/open-driver.ts";
import type { HoldOptions } from "./hold-options.ts";
import { HeldContainer } from "./holder/held-container.ts";
import { parseInitDocument } from "./holder/process-document.ts";
import { describeError, logTo, toContainerError } from "./holder/shim-log.ts";
import { type InitDocument, type ShimEvent, shimFiles } from "./protocol.ts";
import { MemoryRelease } from "./release-memory.ts";
import { ShimServer } from "./server/shim-server.ts";
import type { SavedShim } from "./sleep/saved-shim.ts";
import { Sleeper } from "./sleep/sleeper.ts";
import { ChildReaper } from "./system/child-reaper.ts";
import { redirect } from "./system/descriptor.ts";
import { removeIfEmpty } from "./system/file.ts";
import { ignoreSignal } from "./system/signal.ts";

/** How a container was held. */
export interface HoldResult {
  /** 0, or 1 when the container could not be created. */
  readonly exitCode: number;
  /** Whether nothing unexpected has happened. */
  readonly isSound: boolean;
}

/**
 * Creates a container and holds it until it is deleted.
 *
 * The working directory is that of its first process. One line on the standard output tells that it is created, or why
 * not; then the standard output is closed.
 */
export async function hold(options: HoldOptions): Promise<HoldResult> {
  const processDirectory = process.cwd();
  using events = detach(processDirectory);
  using holding = new Holding(options, processDirectory);
  try {
    sayReady({ pid: await holding.create(), shim: process.pid });
  } catch (error) {
    logTo(processDirectory, "error", describeError(error));
    await holding.giveUp(error);
    sayReady({ error: toContainerError(error).toDocument() });
    return { exitCode: 1, isSound: false };
  }
  return { exitCode: await holding.untilEnd(), isSound: events.isSound };
}

/**
 * Goes on where a shim that fell asleep has left off.
 *
 * @returns the exit code
 */
export async function holdOn(saved: SavedShim): Promise<number> {
  const { processDirectory } = saved;
  using _ = new ProcessEvents(processDirectory);
  using holding = new Holding(saved, processDirectory);
  try {
    await holding.restore(saved);
  } catch (error) {
    logTo(processDirectory, "error", `Cannot wake up: ${describeError(error)}`);
    return 1;
  }
  return await holding.untilEnd();
}

/** A container and everything around it. */
class Holding implements Disposable {
  readonly #options: HoldOptions;
  readonly #processDirectory: string;
  readonly #directory: string;
  readonly #resources: DisposableStack = new DisposableStack();
  readonly #memory: MemoryRelease;
  readonly #reaper: ChildReaper;
  readonly #created: PromiseWithResolvers<HeldContainer> = Promise.withResolvers();
  readonly #ended: PromiseWithResolvers<boolean> = Promise.withResolvers();
  #server: ShimServer | undefined;
  #sleeper: Sleeper | undefined;

  constructor(options: HoldOptions, processDirectory: string) {
    this.#options = options;
    this.#processDirectory = processDirectory;
    this.#directory = parentOf(processDirectory);
    this.#memory = this.#resources.use(new MemoryRelease());
    this.#reaper = this.#resources.use(new ChildReaper());
    this.#created.promise.catch(() => undefined);
  }

  /** Creates the container; returns the pid of its first process. */
  async create(): Promise<number> {
    const document = this.#readDocument();
    const context = await this.#context(document);
    this.#server = new ShimServer(this.#serverOptions());
    const container = await HeldContainer.create(context);
    this.#created.resolve(container);
    this.#begin(this.#server, container, document);
    return container.pid;
  }

  /** Goes on. */
  async restore(saved: SavedShim): Promise<void> {
    const document = this.#readDocument();
    const context = await this.#context(document);
    this.#server = new ShimServer(this.#serverOptions(), saved.server);
    const reaper = this.#reaper;
    // Of several that have ended meanwhile none is a stray, though it is watched after another.
    const container = await reaper.leaveChildrenOf(async () =>
      HeldContainer.restore({ ...context, reaper }, saved.container),
    );
    this.#created.resolve(container);
    await this.#server.restore(saved.server);
    this.#begin(this.#server, container, document, saved);
  }

  /** Tells whoever asked meanwhile why there is no container. */
  async giveUp(error: unknown): Promise<void> {
    this.#created.reject(error);
    this.#server?.stopListening();
    await this.#server?.closeConnections();
  }

  /** Serves until there is nothing left to hold; returns the exit code. */
  async untilEnd(): Promise<number> {
    const deleted = await this.#ended.promise;
    this.#sleeper?.[Symbol.dispose]();
    this.#server?.stopListening();
    if (deleted) removeIfEmpty(this.#directory);
    await this.#server?.closeConnections();
    return 0;
  }

  [Symbol.dispose](): void {
    this.#sleeper?.[Symbol.dispose]();
    this.#resources.dispose();
  }

  #readDocument(): InitDocument {
    const path = `${this.#processDirectory}/${shimFiles.process}`;
    return parseInitDocument(readTextIfExists(linuxKernel(), path) ?? "{}");
  }

  async #context(document: InitDocument): Promise<Parameters<typeof HeldContainer.create>[0]> {
    const options = { ...this.#options, directory: this.#directory, document };
    return {
      ...options,
      driver: await openDriver({ ...options, reaper: this.#reaper }),
      onWork: () => {
        this.#noteActivity();
        this.#memory.schedule();
      },
      onOutput: () => this.#noteActivity(),
      onEvent: (event: ShimEvent) => this.#server?.announce(event),
      onEnd: this.#ended.resolve,
    };
  }

  #serverOptions(): ConstructorParameters<typeof ShimServer>[0] {
    return {
      id: this.#options.id,
      path: `../${shimFiles.socket}`,
      container: this.#created.promise,
      onActivity: () => this.#noteActivity(),
    };
  }

  #noteActivity(): void {
    this.#sleeper?.noteActivity();
  }

  #begin(
    server: ShimServer,
    container: HeldContainer,
    { sleepAfterMs }: InitDocument,
    saved?: SavedShim,
  ): void {
    const options = { ...this.#options, processDirectory: this.#processDirectory };
    this.#sleeper = new Sleeper({ ...options, server, container, sleepAfterMs }, saved?.sleep);
  }
}

/** Makes this process one that outlives whoever started it, and that inherits the processes of its container. */
function detach(directory: string): ProcessEvents {
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
  redirect(`${directory}/${shimFiles.shimLog}`, ["O_WRONLY", "O_CREAT", "O_APPEND"], 2);
  return new ProcessEvents(directory);
}

/** Only SIGKILL ends a shim: the container must not go because somebody ends a session or a group of processes. */
class ProcessEvents implements Disposable {
  readonly #directory: string;
  #isSound = true;

  /** @param directory where what is unexpected is logged */
  constructor(directory: string) {
    this.#directory = directory;
    for (const signal of ignoredSignals) process.on(signal, this.#ignore);
    for (const event of unexpectedEvents) process.on(event, this.#note);
  }

  /** Whether nothing unexpected has happened. */
  get isSound(): boolean {
    return this.#isSound;
  }

  [Symbol.dispose](): void {
    for (const signal of ignoredSignals) process.off(signal, this.#ignore);
    // As Bun has it from the start; without a listener it would end us.
    ignoreSignal("SIGPIPE");
    for (const event of unexpectedEvents) process.off(event, this.#note);
  }

  readonly #ignore = (): void => undefined;

  readonly #note = (error: unknown): void => {
    this.#isSound = false;
    logTo(this.#directory, "error", `Unexpected: ${describeError(error)}`);
  };
}

const ignoredSignals = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE"] as const;
const unexpectedEvents = ["uncaughtException", "unhandledRejection"] as const;

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
