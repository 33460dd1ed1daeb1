/**
 * What a failing step of an init program is to the caller.
 *
 * @module
 */

import { ContainerError, type ErrorCode, type ErrorKind } from "@ctr/spec";
import { describeErrno, type ErrnoName } from "../../machine/errno.ts";
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
    return new ContainerError(`Cannot set up the container: ${reason(errno)}`, {
      code: "ERR_CONTAINER_INIT",
      kind: "internal",
    });
  }
  const { origin, does, hint } = note;
  const place = origin === "" ? "" : ` (${origin})`;
  const isExecutable = origin.endsWith("/args");
  const code: ErrorCode = isExecutable ? "ERR_CANNOT_EXECUTE" : "ERR_CONTAINER_INIT";
  return new ContainerError(`Cannot ${does}${place}: ${reason(errno)}`, {
    code,
    kind: kindOf(errno, isExecutable),
    ...(origin === "" ? {} : { pointer: origin }),
    ...(hint === undefined ? {} : { hint }),
    cause: errno,
  });
}

/** A hook of the program fails with EPROTO (`init/hooks.ts`); no system call of a step does. */
function reason(errno: ErrnoName): string {
  return errno === "EPROTO" ? "it did not exit with status 0" : describeErrno(errno);
}

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
