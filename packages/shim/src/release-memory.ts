/** How long a shim is left in peace before it gives memory back, in ms. */
const quietMs = 1000;
/** How often: what one collection frees, the next can return. */
const rounds = 2;
/** Code is compiled so many times later than it would be: next to none of a shim's is worth the memory. */
const jitPolicy = 1000;

/**
 * Gives memory back once nothing has been asked for a while: a shim idles nearly all its life, and what it took to create a
 * container, code included, is of no use to it then.
 */
export class MemoryRelease {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    Bun.unsafe.setJITPolicy(jitPolicy);
  }

  /** Something was done: memory is given back a while after the last time. */
  schedule(): void {
    this.#after(rounds);
  }

  /** Gives up. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #after(roundsLeft: number): void {
    clearTimeout(this.#timer);
    if (roundsLeft === 0) return;
    this.#timer = setTimeout(() => {
      Bun.shrink();
      Bun.gc(true);
      this.#after(roundsLeft - 1);
    }, quietMs);
  }
}
