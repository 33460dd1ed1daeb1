import { watch } from "node:fs";
import { dirname } from "node:path";

/** Wakes a reader when something changed in the folder of a log, or when there is no more to wait for. */
export class LogWatch implements Disposable {
  readonly #resources: DisposableStack = new DisposableStack();
  #changed = false;
  #isOver = false;
  #wake: PromiseWithResolvers<void> | undefined;

  /** `ended`: settles when nothing will be added any more. */
  constructor(path: string, ended: Promise<unknown>, signal: AbortSignal) {
    const watcher = watch(dirname(path), { persistent: false }, () => this.#notify());
    // The folder can go away with the container; then `ended` has settled too.
    watcher.on("error", () => this.#notify());
    this.#resources.defer(() => watcher.close());
    const finish = (): void => {
      this.#isOver = true;
      this.#notify();
    };
    ended.then(finish, finish);
    signal.addEventListener("abort", finish);
    this.#resources.defer(() => signal.removeEventListener("abort", finish));
    if (signal.aborted) finish();
  }

  /** Whether nothing will be added any more: what is there now is all. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when something has changed since the last call. */
  async change(): Promise<void> {
    while (!this.#changed) {
      this.#wake ??= Promise.withResolvers();
      await this.#wake.promise;
    }
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  #notify(): void {
    this.#changed = true;
    this.#wake?.resolve();
    this.#wake = undefined;
  }
}
