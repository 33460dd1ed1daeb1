import type { HoldOptions } from "../hold-options.ts";
import type { HeldContainer } from "../holder/held-container.ts";
import { describeError, logTo } from "../holder/shim-log.ts";
import type { ShimServer } from "../server/shim-server.ts";
import type { SavedSleep } from "./saved-shim.ts";

/** How long nothing must have happened, in ms, unless `process.json` says. */
const sleepAfterMsDefault = 5000;
/** Waking up takes some ten thousand times what a poll takes: who is woken within so many times the quiet waits longer. */
const shortSleepFactor = 10;
const quietMsMax = 600_000;

/** What a {@linkcode Sleeper} puts to sleep. */
export interface SleeperOptions extends HoldOptions {
  readonly processDirectory: string;
  readonly server: ShimServer;
  readonly container: HeldContainer;
  /** 0 is never. @default 5000 */
  readonly sleepAfterMs: number | undefined;
}

/**
 * Puts the shim to sleep when nothing has happened for a while. An idle shim is a program of a few kilobytes, which wakes up
 * at whatever happens: as a rule nothing, for hours.
 */
export class Sleeper implements Disposable {
  readonly #options: SleeperOptions;
  readonly #quietMs: number;
  #lastActivity: number = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param last the sleep before, if there was one */
  constructor(options: SleeperOptions, last?: SavedSleep) {
    this.#options = options;
    this.#quietMs = quietMs(options.sleepAfterMs ?? sleepAfterMsDefault, last, Date.now());
    this.#schedule();
  }

  /** Something has happened. */
  noteActivity(): void {
    this.#lastActivity = performance.now();
  }

  /** Sleeps no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#quietMs === 0) return;
    const left = this.#quietMs - (performance.now() - this.#lastActivity);
    this.#timer = setTimeout(() => void this.#try(), left > 0 ? left : this.#quietMs);
  }

  get #isQuiet(): boolean {
    const { server, container } = this.#options;
    const isLong = performance.now() - this.#lastActivity >= this.#quietMs;
    return isLong && server.isIdle && container.isIdle;
  }

  async #try(): Promise<void> {
    try {
      if (this.#isQuiet) {
        const { fallAsleep } = await import("./fall-asleep.ts");
        await fallAsleep({
          ...this.#options,
          quietMs: this.#quietMs,
          isQuiet: () => this.#timer !== undefined && this.#isQuiet,
        });
      }
    } catch (error) {
      const message = `Cannot sleep, and stays as large as it is: ${describeError(error)}`;
      logTo(this.#options.processDirectory, "warning", message);
      return;
    }
    if (this.#timer !== undefined) this.#schedule();
  }
}

/** Returns how long nothing must have happened: longer and longer for a shim that is woken soon each time. */
export function quietMs(
  sleepAfterMs: number,
  last: Pick<SavedSleep, "since" | "quietMs"> | undefined,
  nowMs: number,
): number {
  if (last === undefined || nowMs - last.since > shortSleepFactor * last.quietMs) {
    return sleepAfterMs;
  }
  return Math.max(sleepAfterMs, Math.min(2 * last.quietMs, quietMsMax));
}
