import { ContainerError } from "@ctr/spec";
import { exists } from "../../kernel/file.ts";
import { type RuntimeOptions, runtimeOf } from "../runtime-options.ts";
import { StateDirectory } from "./state-directory.ts";

/**
 * Removes what is left of a container that was not yet, or is no longer, a whole one: somebody was killed while he
 * created or deleted it, or its state is damaged, so that nobody knows any more what belonged to it.
 *
 * @returns whether there is no such container now; otherwise it is to be deleted as others are
 */
export function removeRemains(id: string, options: RuntimeOptions): boolean {
  const { kernel, root } = runtimeOf(options);
  const directory = new StateDirectory(kernel, root, id);
  if (!exists(kernel, directory.path)) return true;
  if (isWhole(directory)) return false;
  directory.remove();
  return true;
}

function isWhole(directory: StateDirectory): boolean {
  try {
    return directory.readState() !== undefined;
  } catch (error) {
    if (error instanceof ContainerError && error.code === "ERR_STATE_DAMAGED") return false;
    throw error;
  }
}
