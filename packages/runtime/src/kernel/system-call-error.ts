import { describeErrno, type ErrnoName, isErrnoName } from "../machine/errno.ts";
import { SystemCallError } from "./kernel.ts";

/** Tells whether an error is one of these errnos of a system call. */
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): boolean {
  return error instanceof SystemCallError && names.includes(error.errno);
}

/**
 * What an error says, to end a message of ours with: `no such file or directory (ENOENT)`. Which call it was is known
 * to the error itself, which is the message's cause.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof SystemCallError) return describeErrno(error.errno);
  if (!(error instanceof Error)) return String(error);
  // Those of node:fs say the call and the path, too.
  return "code" in error && isErrnoName(error.code) ? describeErrno(error.code) : error.message;
}
