/** Signals to a process that may have ended, and whose pid may be another's by now. @see pidfd_send_signal(2) */

import { FileDescriptor } from "../kernel/fd.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isProcessAlive } from "../kernel/process-stat.ts";
import { isErrno } from "../kernel/system-call-error.ts";

/** A process, for sure. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime: number;
}

/** Opens a pidfd of a process; `undefined` when it has ended. */
export function openProcess(kernel: Kernel, process: ProcessIdentity): FileDescriptor | undefined {
  let pidfd: FileDescriptor;
  try {
    pidfd = new FileDescriptor(kernel, kernel.call("pidfd_open", process.pid, 0));
  } catch (error) {
    if (isErrno(error, "ESRCH")) return undefined;
    throw error;
  }
  // The pidfd holds on to a process; only now is it certain whether it is the one that was meant.
  if (isProcessAlive(kernel, process.pid, process.startTime)) return pidfd;
  pidfd[Symbol.dispose]();
  return undefined;
}

/** Sends a signal; tells whether the process was there to get it. */
export function signalProcess(kernel: Kernel, process: ProcessIdentity, signal: number): boolean {
  using pidfd = openProcess(kernel, process);
  if (pidfd === undefined) return false;
  try {
    kernel.call("pidfd_send_signal", pidfd.number, signal, null, 0);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}
