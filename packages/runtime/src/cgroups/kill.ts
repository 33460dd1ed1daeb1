import type { Kernel } from "../kernel/kernel.ts";
import { isErrno } from "../kernel/system-call-error.ts";
import { value } from "../machine/constants.ts";
import type { ControlFiles } from "./control-files.ts";
import type { Freezer } from "./freezer.ts";
import { readTreePids } from "./tree.ts";

const SIGKILL = value("SIGKILL");
const rounds = 50;

/**
 * Sends a signal to every process in a cgroup and below it. Frozen ones are thawed when the signal is SIGKILL, so that
 * they die.
 *
 * @param files the cgroup, in the hierarchy whose pids are taken
 */
export function killCgroup(files: ControlFiles, freezer: Freezer, signal: number): void {
  if (files.directory === undefined) return;
  if (signal === SIGKILL && files.has("cgroup.kill")) {
    files.put("cgroup.kill", "1");
    return;
  }
  const wasFrozen = freezer.isFrozen();
  const froze = !wasFrozen && tryFreeze(files.kernel, freezer);
  // Nobody forks while all stand still. Where that cannot be had, further rounds get those that were born meanwhile.
  for (let round = 0; round < rounds; round++) {
    const sent = signalAll(files.kernel, files.directory, signal);
    if (sent === 0 || signal !== SIGKILL || freezer.isFrozen()) break;
  }
  if (froze || (wasFrozen && signal === SIGKILL)) freezer.thaw();
}

/** Freezes without waiting long; tells whether there is something to thaw. */
function tryFreeze(kernel: Kernel, freezer: Freezer): boolean {
  try {
    freezer.request();
  } catch {
    // There is no freezer, or the cgroup is gone.
    return false;
  }
  for (let round = 0; round < rounds && !freezer.isFrozen(); round++) pauseOneMillisecond(kernel);
  return true;
}

function pauseOneMillisecond(kernel: Kernel): void {
  kernel.call("ppoll", null, 0, new BigUint64Array([0n, 1_000_000n]), null, 0);
}

/** Returns how many got the signal. */
function signalAll(kernel: Kernel, directory: string, signal: number): number {
  // 0 stands for a process of a pid namespace that we do not see.
  const pids = readTreePids(kernel, directory).filter((pid) => pid > 0);
  return pids.filter((pid) => sendSignal(kernel, pid, signal)).length;
}

function sendSignal(kernel: Kernel, pid: number, signal: number): boolean {
  try {
    kernel.call("kill", pid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}
