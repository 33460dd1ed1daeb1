import { exists } from "../kernel/file.ts";
import { type RuntimeOptions, runtimeOf } from "./runtime-options.ts";
import { StateDirectory } from "./state-directory.ts";

/**
 * Removes what is left of a container that was not yet, or is no longer, a whole one: somebody was killed while he
 * created or deleted it.
 *
 * @returns whether there is no such container now; otherwise it is to be deleted as others are
 */
export function removeRemains(id: string, options: RuntimeOptions): boolean {
  const { kernel, root } = runtimeOf(options);
  const directory = new StateDirectory(kernel, root, id);
  if (!exists(kernel, directory.path)) return true;
  if (directory.readState() !== undefined) return false;
  directory.remove();
  return true;
}
