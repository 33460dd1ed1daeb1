import { formatError } from "../output/error.ts";
import type { Session } from "../session/session.ts";

/**
 * Does something to several containers at once, and says of each that failed why, in the order in which they were
 * named.
 *
 * @throws {ContainerError} the error of the one that failed, or that is left of several.
 */
export async function eachContainer<T>(
  session: Session,
  ids: readonly string[],
  act: (id: string) => Promise<T>,
  done: (id: string, result: T) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(ids.map((id) => act(id)));
  const errors: unknown[] = [];
  for (const [index, result] of results.entries()) {
    if (result.status === "rejected") errors.push(result.reason);
    else await done(ids[index] ?? "", result.value);
  }
  const last = errors.pop();
  for (const error of errors) {
    await session.output.writeError(formatError(error, session));
  }
  if (last !== undefined) throw last;
}

/** Prints what a command without output has done, for programs. */
export async function reportDone(session: Session, id: string): Promise<void> {
  if (session.json) await session.output.write(`${JSON.stringify({ id })}\n`);
}
