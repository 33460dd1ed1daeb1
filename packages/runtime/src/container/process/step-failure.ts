/**
 * What a failing step of an init program is to the caller.
 *
 * @module
 */

import { ContainerError, type ErrorCode, type ErrorKind } from "@ctr/spec";
import type { ErrnoName } from "../../machine/errno.ts";
import type { Program, Purpose } from "../../program/step.ts";

/** What is kept of a step, to explain its failure later. */
export type StepNote = Purpose;

/** Returns the purposes of all steps from one on, by number. */
export function notesFrom(program: Program, first: number): Record<string, StepNote> {
  const notes: Record<string, StepNote> = {};
  for (const [index, step] of program.steps.entries()) {
    if (index >= first && "does" in step) {
      const { origin, does, hint } = step;
      notes[index] = hint === undefined ? { origin, does } : { origin, does, hint };
    }
  }
  return notes;
}

/** Returns the error of a step that failed. */
export function stepFailure(note: StepNote | undefined, errno: ErrnoName): ContainerError {
  if (note === undefined) {
    return new ContainerError(`Cannot set up the container: ${describe(errno)}`, {
      code: "ERR_CONTAINER_INIT",
      kind: "internal",
    });
  }
  const { origin, does, hint } = note;
  const place = origin === "" ? "" : ` (${origin})`;
  const isExecutable = origin.endsWith("/args");
  const code: ErrorCode = isExecutable ? "ERR_CANNOT_EXECUTE" : "ERR_CONTAINER_INIT";
  return new ContainerError(`Cannot ${does}${place}: ${describe(errno)}`, {
    code,
    kind: kindOf(errno, isExecutable),
    ...(origin === "" ? {} : { pointer: origin }),
    ...(hint === undefined ? {} : { hint }),
    cause: errno,
  });
}

/** Returns an errno's meaning and name: `no such file or directory (ENOENT)`. */
export function describe(errno: ErrnoName): string {
  const text = texts[errno];
  return text === undefined ? errno : `${text} (${errno})`;
}

/** What engines look for in our messages, and what people meet most. The words of strerror(3), as Go has them. */
const texts: Readonly<Partial<Record<ErrnoName, string>>> = {
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  EIO: "input/output error",
  ENXIO: "no such device or address",
  E2BIG: "argument list too long",
  ENOEXEC: "exec format error",
  EAGAIN: "resource temporarily unavailable",
  ENOMEM: "cannot allocate memory",
  EACCES: "permission denied",
  EBUSY: "device or resource busy",
  EEXIST: "file exists",
  EXDEV: "invalid cross-device link",
  ENODEV: "no such device",
  ENOTDIR: "not a directory",
  EISDIR: "is a directory",
  EINVAL: "invalid argument",
  ENFILE: "too many open files in system",
  EMFILE: "too many open files",
  ETXTBSY: "text file busy",
  ENOSPC: "no space left on device",
  EROFS: "read-only file system",
  EPIPE: "broken pipe",
  ERANGE: "numerical result out of range",
  ENAMETOOLONG: "file name too long",
  ENOSYS: "function not implemented",
  ELOOP: "too many levels of symbolic links",
  EOVERFLOW: "value too large for defined data type",
  EOPNOTSUPP: "operation not supported",
  ETIMEDOUT: "connection timed out",
  EDQUOT: "disk quota exceeded",
  // What a hook of the program ends with.
  EPROTO: "it did not exit with status 0",
};

const forbidden: ReadonlySet<ErrnoName> = new Set(["EPERM", "EACCES", "EROFS"]);
const unsupported: ReadonlySet<ErrnoName> = new Set(["ENOSYS", "ENODEV", "EOPNOTSUPP"]);
const invalid: ReadonlySet<ErrnoName> = new Set([
  "EINVAL",
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOEXEC",
  "ERANGE",
  "E2BIG",
]);

function kindOf(errno: ErrnoName, isExecutable: boolean): ErrorKind {
  if (isExecutable && errno === "ENOENT") return "notFound";
  if (forbidden.has(errno)) return "forbidden";
  if (unsupported.has(errno)) return "unsupported";
  return invalid.has(errno) ? "invalid" : "internal";
}
