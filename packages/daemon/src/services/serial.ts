/** Runs tasks one after the other, in the order in which they came. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs a task when all before it are done, whatever became of them. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that was given so far is done. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
