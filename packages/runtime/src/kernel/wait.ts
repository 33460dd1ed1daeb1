import { value } from "../machine/constants.ts";
import type { Kernel } from "./kernel.ts";
import { signalName } from "./signals.ts";

/** How a process ended. */
export interface ExitStatus {
  /** What a shell would say: the exit code, or 128 and the signal's number. */
  readonly status: number;
  /** The exit code, when it exited. */
  readonly code?: number;
  /** The signal's name, for example `SIGKILL`, when a signal ended it. */
  readonly signal?: string;
}

const CLD_EXITED = 1;

/**
 * Reaps a child by its pidfd (waitid(2)).
 *
 * @param mode `block` waits, `poll` returns `undefined` when it still runs, `peek` waits and leaves it to be reaped
 * @throws {SystemCallError} ECHILD when it is not our child
 */
export function reap(
  kernel: Kernel,
  pidfd: number,
  mode: "block" | "poll" | "peek",
): ExitStatus | undefined {
  const info = new Int32Array(32);
  const options = {
    block: value("WEXITED"),
    poll: value("WEXITED", "WNOHANG"),
    peek: value("WEXITED", "WNOWAIT"),
  }[mode];
  kernel.call("waitid", value("P_PIDFD"), pidfd, info, options, null);
  // siginfo_t: signo, errno, code, padding, pid, uid, status
  const [, , code = 0, , pid = 0, , status = 0] = info;
  if (pid === 0) return undefined;
  return code === CLD_EXITED
    ? { status, code: status }
    : { status: 128 + (status & 0x7f), signal: signalName(status & 0x7f) };
}
