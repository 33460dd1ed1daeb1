/** Returns numbers from 0 to 1 that a seed decides: a linear congruential generator. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Draws from lists, as a seed decides. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    // Seeds that follow each other would have their first numbers close to each other.
    this.#random = randomNumbers(Math.imul(seed, 0x9e37_79b1));
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  /** One of a list, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(0, list.length - 1)];
    if (picked === undefined) throw new RangeError("Cannot draw from an empty list");
    return picked;
  }

  /** Each of a list with this probability, in the list's order. */
  some<T>(list: readonly T[], probability: number): T[] {
    return list.filter(() => this.chance(probability));
  }
}
