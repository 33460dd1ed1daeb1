import { ContainerError } from "@ctr/spec";
import { isErrno, makeDirectory } from "../system/file.ts";

/**
 * Makes the directory of a process that is about to be executed.
 *
 * @throws {ContainerError} ERR_PROCESS_EXISTS
 */
export function makeProcessDirectory(path: string, processId: string): void {
  try {
    makeDirectory(path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    throw new ContainerError(`Cannot execute process "${processId}": there is one of that name`, {
      code: "ERR_PROCESS_EXISTS",
      kind: "conflict",
      cause: error,
      hint: "Delete it, or choose another name",
    });
  }
}
