import { writeAtomically } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { ProcessOptions } from "../create-options.ts";

const defaultMode = 0o644;

/** Writes the host's pid of a process to the file that was asked for. */
export function writePidFile(
  kernel: Kernel,
  { pidFile, pidFileMode = defaultMode }: ProcessOptions,
  pid: number,
): void {
  if (pidFile !== undefined) writeAtomically(kernel, pidFile, String(pid), pidFileMode);
}
