import type { ErrnoName } from "../machine/errno.ts";
import { SystemCallError } from "./kernel.ts";

/** Tells whether an error is one of these errnos of a system call. */
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): boolean {
  return error instanceof SystemCallError && names.includes(error.errno);
}
