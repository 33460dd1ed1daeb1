import { isErrno, isProcessAlive, linuxKernel, parseSignal, value } from "@ctr/runtime/kernel";

/** The signal that no process can refuse. */
export const SIGKILL: number = value("SIGKILL");

/** How long a killed process may take to be gone, in ms. */
const killPatienceMs = 5000;

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
  const kernel = linuxKernel();
  if (!isProcessAlive(kernel, pid, startTime)) return false;
  sendSignal(pid, SIGKILL);
  // Nobody is told of the end of a process that is not a child; it is a matter of a few ms.
  const deadline = performance.now() + killPatienceMs;
  while (isProcessAlive(kernel, pid, startTime) && performance.now() < deadline) {
    await Bun.sleep(2);
  }
  return true;
}

/** Makes this process ignore a signal. */
export function ignoreSignal(signal: string): void {
  // struct sigaction as the kernel has it: handler, flags, restorer, mask
  const action = new BigUint64Array([SIG_IGN, 0n, 0n, 0n]);
  linuxKernel().call("rt_sigaction", parseSignal(signal), action, null, 8);
}

const SIG_IGN = 1n;
