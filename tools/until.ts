/**
 * Waits until `condition` gives something other than `undefined` or `false`, and returns that.
 *
 * @throws {Error} that names `what` when it has not happened after `deadlineMs`.
 */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`Timed out after ${deadlineMs} ms: ${what}`);
    await Bun.sleep(5);
  }
}
