import type { Journal } from "./journal.ts";

/** Wakes a reader when something was added, the time is up, or nobody reads any more. */
export class JournalChanges implements Disposable {
  readonly #resources: DisposableStack = new DisposableStack();
  readonly #signal: AbortSignal;
  readonly #untilMs: number;
  #changed = false;
  #wake: PromiseWithResolvers<void> | undefined;

  constructor(journal: Journal, signal: AbortSignal, untilMs = Number.POSITIVE_INFINITY) {
    this.#signal = signal;
    this.#untilMs = untilMs;
    this.#resources.use(journal.onAdded(() => this.#notify()));
    const notify = (): void => this.#notify();
    signal.addEventListener("abort", notify);
    this.#resources.defer(() => signal.removeEventListener("abort", notify));
    if (Number.isFinite(untilMs)) this.#resources.use(new Deadline(untilMs, notify));
  }

  /** Resolves to whether there is more to read. */
  async next(): Promise<boolean> {
    while (!this.#changed && !this.#isOver) {
      this.#wake ??= Promise.withResolvers();
      await this.#wake.promise;
    }
    this.#changed = false;
    return !this.#isOver;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  get #isOver(): boolean {
    return this.#signal.aborted || Date.now() >= this.#untilMs;
  }

  #notify(): void {
    this.#changed = true;
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}

/** A timer for any time: setTimeout counts to 24 days only. */
class Deadline implements Disposable {
  #timer: Timer | undefined;

  constructor(atMs: number, callback: () => void) {
    const arm = (): void => {
      const left = atMs - Date.now();
      this.#timer = setTimeout(
        left > 2 ** 30 ? arm : callback,
        Math.min(Math.max(left, 0), 2 ** 30),
      );
    };
    arm();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
