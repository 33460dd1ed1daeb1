import { readable } from "./sleep-program.ts";

/** Gathers the descriptors that outlive a shim that falls asleep. */
export class Handover {
  readonly #kept: Set<number> = new Set();
  readonly #watched: Map<number, number> = new Map();

  /** All of them. */
  get kept(): readonly number[] {
    return [...this.#kept];
  }

  /** Those that wake the shim, with what poll(2) says of them then. */
  get watched(): ReadonlyMap<number, number> {
    return this.#watched;
  }

  /** Keeps a descriptor open. */
  keep(descriptor: number): number {
    this.#kept.add(descriptor);
    return descriptor;
  }

  /** Keeps a descriptor open, and wakes the shim when there is something to read. */
  watch(descriptor: number, events: number = readable): number {
    this.#watched.set(descriptor, events);
    return this.keep(descriptor);
  }
}
