import { linuxKernel, makeDirectory } from "@ctr/runtime/kernel";
import { ContainerError } from "@ctr/spec";

/**
 * Makes the directory of a process that is about to be executed.
 *
 * @throws {ContainerError} ERR_PROCESS_EXISTS
 */
export function makeProcessDirectory(path: string, processId: string): void {
  if (makeDirectory(linuxKernel(), path, 0o700)) return;
  throw new ContainerError(`Cannot execute process "${processId}": there is one of that name`, {
    code: "ERR_PROCESS_EXISTS",
    kind: "conflict",
    hint: "Delete it, or choose another name",
  });
}
