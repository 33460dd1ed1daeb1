/**
 * Tells the time as RFC 3339 with nine digits, later at each call than at the one before unless the clock was set back.
 *
 * JavaScript's clock has milliseconds; the six digits below them come from the monotonic clock, beginning anew in each
 * millisecond.
 */
export class TimestampClock {
  #millisecond = -1;
  #base = 0;
  #last = -1;

  /** Returns the time, for example `2016-10-06T00:17:09.669794202Z`. */
  now(): string {
    const millisecond = Date.now();
    const monotonic = Bun.nanoseconds();
    if (millisecond !== this.#millisecond) {
      this.#millisecond = millisecond;
      this.#base = monotonic;
      this.#last = -1;
    }
    this.#last = Math.min(999_999, Math.max(this.#last + 1, Math.round(monotonic - this.#base)));
    const text = new Date(millisecond).toISOString();
    return `${text.slice(0, -1)}${String(this.#last).padStart(6, "0")}Z`;
  }
}
