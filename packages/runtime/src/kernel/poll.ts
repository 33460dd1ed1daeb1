import { value } from "../machine/constants.ts";
import type { Kernel } from "./kernel.ts";
import { isErrno } from "./system-call-error.ts";

/**
 * Waits until a descriptor can be read (or its other end is gone) or the time is over; blocks the thread.
 *
 * @returns whether it can be read
 */
export function waitReadable(kernel: Kernel, descriptor: number, timeoutMs: number): boolean {
  const POLLIN = value("POLLIN");
  // struct pollfd: i32 fd, i16 events, i16 revents
  const poll = new Int32Array([descriptor, POLLIN]);
  const seconds = Math.floor(timeoutMs / 1000);
  const timeout = new BigUint64Array([
    BigInt(seconds),
    BigInt(Math.round((timeoutMs - seconds * 1000) * 1e6)),
  ]);
  try {
    return kernel.call("ppoll", poll, 1, timeout, null, 0) > 0;
  } catch (error) {
    if (isErrno(error, "EINTR")) return false;
    throw error;
  }
}
