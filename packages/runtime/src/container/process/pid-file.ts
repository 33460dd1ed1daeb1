import { ContainerError } from "@ctr/spec";
import { writeAtomically } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import type { ProcessOptions } from "../create-options.ts";

const defaultMode = 0o644;

/**
 * Writes the host's pid of a process to the file that was asked for.
 *
 * @throws {ContainerError} ERR_PID_FILE
 */
export function writePidFile(
  kernel: Kernel,
  { pidFile, pidFileMode = defaultMode }: ProcessOptions,
  pid: number,
): void {
  if (pidFile === undefined) return;
  try {
    writeAtomically(kernel, pidFile, String(pid), pidFileMode);
  } catch (error) {
    throw new ContainerError(`Cannot write the pid file "${pidFile}": ${reasonOf(error)}`, {
      code: "ERR_PID_FILE",
      kind: "invalid",
      hint: "Name a file in a directory that exists and can be written to",
      cause: error,
    });
  }
}
