import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SpareShim } from "@ctr/shim/client";
import type { DaemonLog } from "./container-context.ts";

/** How long nothing may have been created before a spare is started, in ms: it takes a processor for a while. */
const idleMs = 10;
/** How many spares in a row may end by themselves before no more are started. */
const failuresMax = 3;

/** Options of {@linkcode SpareShims}. */
export interface SpareShimsOptions {
  /** How many are kept. */
  readonly count: number;
  readonly stateDirectory: string;
  readonly log: DaemonLog;
  /** The shim's program and its first arguments, when it is not to be looked for. */
  readonly shimCommand?: readonly string[];
}

/** Returns the directory that spares wait in. Who is in it has no container; who has one is in that container's directory. */
export function spareDirectory(stateDirectory: string): string {
  return join(stateDirectory, ".spare");
}

/** Shims that are started ahead. Those that are used are made up for while nothing is being created. */
export class SpareShims implements AsyncDisposable {
  readonly #options: SpareShimsOptions;
  readonly #directory: string;
  readonly #spares: Set<SpareShim> = new Set();
  /** Those that have created a container. */
  readonly #experienced: WeakSet<SpareShim> = new WeakSet();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many creations are under way. */
  #creating = 0;
  #failures = 0;
  #isOpen = false;

  constructor(options: SpareShimsOptions) {
    this.#options = options;
    this.#directory = spareDirectory(options.stateDirectory);
  }

  /** How many wait for a container. */
  get readyCount(): number {
    return [...this.#spares].filter(({ isReady }) => isReady).length;
  }

  /** Begins to keep spares. */
  begin(): void {
    if (this.#options.count === 0) return;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#isOpen = true;
    this.#schedule();
  }

  /** Runs something that creates a container, with a spare if there is one. */
  async use<T>(create: (spare: SpareShim | undefined) => Promise<T>): Promise<T> {
    this.#creating++;
    try {
      const spare = this.#take();
      return await create(spare).finally(() => spare && this.#giveBack(spare));
    } finally {
      this.#creating--;
      this.#schedule();
    }
  }

  /** Ends the spares. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    const spares = [...this.#spares];
    for (const spare of spares) spare[Symbol.dispose]();
    await Promise.all(spares.map(({ ended }) => ended));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #take(): SpareShim | undefined {
    const spare = [...this.#spares].find(({ isReady }) => isReady);
    if (spare === undefined) return undefined;
    this.#spares.delete(spare);
    this.#failures = 0;
    return spare;
  }

  /** Takes one back: at once when it was passed over, otherwise when its container is gone. */
  #giveBack(spare: SpareShim): void {
    if (spare.isReady) {
      this.#takeBack(spare);
      return;
    }
    this.#experienced.add(spare);
    void spare.returned.then((isBack) => isBack && this.#takeBack(spare));
  }

  /** Keeps one that waits; when there are enough, only instead of one that has created none, and so is slower. */
  #takeBack(spare: SpareShim): void {
    const isFull = this.#spares.size >= this.#options.count;
    const mayReplace = isFull && this.#experienced.has(spare);
    const worse = mayReplace
      ? [...this.#spares].find((one) => !this.#experienced.has(one))
      : undefined;
    if (!this.#isOpen || (isFull && worse === undefined)) {
      spare[Symbol.dispose]();
      return;
    }
    if (worse !== undefined) {
      this.#spares.delete(worse);
      worse[Symbol.dispose]();
    }
    this.#spares.add(spare);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#isOpen || this.#creating > 0 || this.#spares.size >= this.#options.count) return;
    this.#timer = setTimeout(() => void this.#start(), idleMs);
    this.#timer.unref();
  }

  async #start(): Promise<void> {
    const { shimCommand, log } = this.#options;
    let spare: SpareShim;
    try {
      spare = new SpareShim({
        directory: this.#directory,
        returns: true,
        ...(shimCommand && { command: shimCommand }),
      });
    } catch (error) {
      log.debug("Cannot start a spare shim", error);
      this.#noteFailure();
      return;
    }
    this.#spares.add(spare);
    void spare.ended.then(() => {
      // One that has got a container is none of ours any more.
      if (this.#spares.delete(spare) && this.#isOpen) this.#noteFailure();
    });
    // One after the other.
    if (await spare.ready) this.#schedule();
  }

  #noteFailure(): void {
    this.#failures++;
    if (this.#failures < failuresMax) {
      this.#schedule();
    } else {
      this.#isOpen = false;
      this.#options.log.warn("Spare shims end by themselves: no more are started");
    }
  }
}
