import { linuxKernel } from "@ctr/runtime/kernel";
import { SIGKILL } from "./constants.ts";
import { isErrno, readTextIfExists } from "./file.ts";

/** What tells a process from another that got its pid later, and whether it still runs. */
export interface ProcessStat {
  /** Clock ticks after boot (proc_pid_stat(5), field 22). */
  readonly startTime: number;
  /** Whether it has ended and waits to be reaped. */
  readonly ended: boolean;
}

/** Reads /proc/PID/stat; `undefined` when there is no such process. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const text = readTextIfExists(`/proc/${pid}/stat`) ?? "";
  if (text === "") return undefined;
  // The name in parentheses may hold anything, even parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { startTime: Number(fields[19]), ended: fields[0] === "Z" || fields[0] === "X" };
}

/** Tells whether a process runs and is still the one that started then. */
export function isProcessAlive(pid: number, startTime: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && !stat.ended && stat.startTime === startTime;
}

/** Sends a signal to a process (kill(2)); tells whether there was one. */
export function sendSignal(pid: number, signal: number): boolean {
  try {
    linuxKernel().call("kill", pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}

/**
 * Kills a process that is not our child and waits until it is gone.
 *
 * @returns whether it ran and was still the one that started then
 */
export async function killStranger(pid: number, startTime: number): Promise<boolean> {
  if (!isProcessAlive(pid, startTime)) return false;
  sendSignal(pid, SIGKILL);
  // Nobody is told of the end of a process that is not a child; it is a matter of a few ms.
  const deadline = performance.now() + killPatienceMs;
  while (isProcessAlive(pid, startTime) && performance.now() < deadline) await Bun.sleep(2);
  return true;
}

const killPatienceMs = 5000;
