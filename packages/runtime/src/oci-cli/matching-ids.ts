import { runtimeOf } from "../container/runtime-options.ts";
import { listContainerIds } from "../container/state/state-directory.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import type { Context } from "./command.ts";
import { type Flag, type Flags, usageError } from "./flags.ts";

/** Flag of commands that take several containers at once. */
export const regexFlag: Flag = {
  name: "regex",
  short: "r",
  help: "ID is a regular expression: all containers whose id it is found in",
};

/**
 * Does something with the container of an id, or with all whose ids match when `--regex` is given. One that fails does not
 * keep the others from their turn.
 *
 * @throws what failed first
 */
export async function forEachContainer(
  context: Context,
  flags: Flags,
  id: string,
  action: (id: string) => Promise<void>,
): Promise<void> {
  const ids = flags.has("regex") ? matchingIds(context, id) : [id];
  let failure: PromiseRejectedResult | undefined;
  for (const each of ids) {
    const [result] = await Promise.allSettled([action(each)]);
    if (result.status === "rejected") failure ??= result;
  }
  if (failure !== undefined) throw failure.reason;
}

function matchingIds(context: Context, text: string): string[] {
  const { kernel, root } = runtimeOf(context);
  let pattern: RegExp;
  try {
    pattern = new RegExp(text);
  } catch (error) {
    throw usageError(`Cannot use "${text}" for --regex: ${reasonOf(error)}`);
  }
  return listContainerIds(kernel, root).filter((id) => pattern.test(id));
}
