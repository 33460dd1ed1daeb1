/** Resource limits that the process has no right to raise itself, in its user namespace. @see prlimit(2) */

import type { Rlimit } from "@ctr/spec";
import { limitChanges } from "../../init/process/rlimits.ts";
import { type Kernel, SystemCallError } from "../../kernel/kernel.ts";
import { stepFailure } from "./step-failure.ts";

/**
 * Sets the limits of a process.
 *
 * @throws {ContainerError} names the limit
 */
export function setLimits(kernel: Kernel, pid: number, rlimits: readonly Rlimit[]): void {
  for (const { resource, soft, hard, why } of limitChanges(rlimits, "/process")) {
    try {
      kernel.call("prlimit64", pid, resource, new BigUint64Array([soft, hard]), null);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      throw stepFailure(why, error.errno);
    }
  }
}
