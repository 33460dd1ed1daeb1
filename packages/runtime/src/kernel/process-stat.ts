import { readTextIfExists } from "./file.ts";
import type { Kernel } from "./kernel.ts";

/** What tells a process from another that got its pid later, and whether it still runs. */
export interface ProcessStat {
  readonly parent: number;
  /** Clock ticks after boot (proc_pid_stat(5), field 22). */
  readonly startTime: number;
  /** One letter; `Z` has ended and waits to be reaped, `X` is gone. */
  readonly state: string;
}

/** Reads /proc/PID/stat; `undefined` when there is no such process. */
export function readProcessStat(kernel: Kernel, pid: number): ProcessStat | undefined {
  const text = readTextIfExists(kernel, `/proc/${pid}/stat`);
  if (text === undefined || text === "") return undefined;
  // The name in parentheses may hold anything, even parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", parent: Number(fields[1]), startTime: Number(fields[19]) };
}

/** Tells whether a process runs and is still the one that started then. */
export function isProcessAlive(kernel: Kernel, pid: number, startTime: number): boolean {
  const stat = readProcessStat(kernel, pid);
  return (
    stat !== undefined && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X"
  );
}
