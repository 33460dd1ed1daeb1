/**
 * Waits until `condition` gives something other than `undefined` or `false`, and returns that.
 *
 * @throws {Error} that names `what` when it has not happened after `deadlineMs`, also when `condition` does not answer.
 */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), deadlineMs);
  try {
    for (;;) {
      // Of two that are there the first counts: what has happened just before the deadline has happened.
      const value = await Promise.race([condition(), late.promise]);
      if (value !== undefined && value !== false) return value;
      if (performance.now() >= deadline) {
        throw new Error(`Timed out after ${deadlineMs} ms: ${what}`);
      }
      await Bun.sleep(5);
    }
  } finally {
    clearTimeout(timer);
  }
}
