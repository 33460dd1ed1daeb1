/**
 * The init program as a plain value: what the planner writes, the assembler turns into machine code,
 * `bunc explain` prints and unit tests compare with `toEqual`.
 *
 * A program is a straight list of steps. It goes forward only: a step may skip ahead to a label, never
 * back, so every program ends. There is no parser, no allocator and no loop.
 *
 * @module
 */

import type { Constant } from "../machine/constants.ts";
import type { ErrnoName } from "../machine/errno.ts";
import type { SyscallName } from "../machine/syscalls.ts";

/** An argument of a system call, or a value to store. Addresses point into the program's own image. */
export type Arg =
  /** The number itself. */
  | number
  | bigint
  /** A number that has a name in the kernel's headers (see `machine/constants.ts`). */
  | Constant
  /** The address of this text, UTF-8, NUL-terminated. */
  | { readonly text: string }
  /** The address of these bytes. */
  | { readonly bytes: Uint8Array }
  /** The address of an array of addresses of texts that ends with a null (`argv`, `envp`). */
  | { readonly texts: readonly string[] }
  /** The address of a C struct with these fields, in order and without implicit padding. */
  | { readonly struct: readonly Field[] }
  /** The value (64 bits) that a step kept in this slot; 0 before. */
  | { readonly slot: string }
  /** The address of this slot (8 bytes), for calls that write a result. */
  | { readonly addressOf: string }
  /** The address of `size` zeroed bytes of this name, shared by all steps that name it. */
  | { readonly buffer: string; readonly size: number }
  /** The 64 bits at this offset of a named buffer, for a field of a struct that a call filled in. */
  | { readonly load: string; readonly size: number; readonly offset: number }
  /** The number of this descriptor in the program (see {@linkcode Program.descriptors}). */
  | { readonly descriptor: string };

/** A field of a C struct. Values come from constants, addresses, slots or descriptors. */
export type Field =
  | { readonly u8: Arg }
  | { readonly u16: Arg }
  | { readonly u32: Arg }
  | { readonly u64: Arg }
  /** Bytes in place, not their address. */
  | { readonly inline: Uint8Array }
  /** This many bytes: the last octal digits of a number, in ASCII. */
  | { readonly octal: Arg; readonly digits: number }
  /** 64 bits: the address of code that ends the process (exit_group) with this status, for a signal handler. */
  | { readonly exits: number }
  /** This many zero bytes. */
  | { readonly pad: number };

/** Where a step comes from and what it does: the words of the error when it fails. */
export interface Purpose {
  /** JSON pointer into config.json (or process.json), for example `/mounts/3`; `""` for what every container needs. */
  readonly origin: string;
  /** What the step does, to follow "Cannot": `mount "tmpfs" at "/dev/shm"`. */
  readonly does: string;
  /** What to try when it fails. */
  readonly hint?: string;
}

/** One system call. A result from -4095 to -1 is a failure, which is reported and ends the program. */
export interface SyscallStep extends Purpose {
  readonly call: SyscallName;
  /** At most six; missing ones are not set. */
  readonly args: readonly Arg[];
  /** Keeps the result in this slot. On an accepted errno the slot holds the negative errno. */
  readonly save?: string;
  /** Errnos that are as good as success. */
  readonly accept?: readonly ErrnoName[];
  /** Errnos upon which the program goes on at a label further down. */
  readonly on?: { readonly [errno in ErrnoName]?: string };
}

/** A place further down that `jump`, `on` and `unless` name. Unique in a program. */
export interface LabelStep {
  readonly label: string;
}

/** Goes on at a label further down: always, or when a slot equals (`is`) or does not equal (`isNot`) a number. */
export interface JumpStep {
  readonly jump: string;
  readonly when?:
    | { readonly slot: string; readonly is: number }
    | { readonly slot: string; readonly isNot: number };
}

/** Puts a value in a slot. */
export interface SetStep {
  readonly set: string;
  readonly to: Arg;
}

/** Gives up as if a call had failed with this errno. */
export interface FailStep extends Purpose {
  readonly fail: ErrnoName;
}

/** Sends a note with a 32-bit value to whoever reads the report (see `report.ts`). */
export interface TellStep {
  readonly tell: NoteName;
  readonly value?: Arg;
}

/** Ends the process (exit_group) with this status and without a report. */
export interface ExitStep {
  readonly exit: number;
}

/** One step of a program. */
export type Step = SyscallStep | LabelStep | JumpStep | SetStep | FailStep | TellStep | ExitStep;

/** What a program can tell its launcher; the order of the names is their number on the wire. */
export const noteNames = [
  /** The value is the process id (as the launcher sees it) of the process that goes on after a fork. */
  "pid",
  /** A user namespace was made: the launcher writes its id mappings and answers on `sync`. */
  "userNamespace",
  /** The value is a descriptor of the program: a directory to copy, followed by the one to copy it to. */
  "copyUpFrom",
  /** The value is a descriptor of the program. The launcher copies what `copyUpFrom` holds and answers on `sync`. */
  "copyUpTo",
  /** The value is a descriptor of the program: a detached mount whose ids the launcher maps; it answers on `sync`. */
  "mapIds",
  /** Namespaces and mounts exist: the launcher runs its hooks and answers on `sync`. */
  "runtimeHooks",
  /** The launcher sets the resource limits and answers on `sync`. */
  "limits",
  /** The terminal's master has been sent: the launcher prepares the terminal and answers on `sync`. */
  "console",
  /** The value is the program's descriptor of a seccomp listener: the launcher fetches it and answers on `sync`. */
  "listener",
  /** Everything is set up; the process waits for `start`. */
  "ready",
] as const;

/** A name of {@linkcode noteNames}. */
export type NoteName = (typeof noteNames)[number];

/** A whole program. */
export interface Program {
  /**
   * How many descriptors above stdio are handed through to the user's program (`--preserve-fds`);
   * they keep their numbers, 3 and up.
   */
  readonly preserveFds: number;
  /**
   * Names of the descriptors that the program itself is started with, in order: the first has the number
   * `3 + preserveFds`. The launcher copies them there. `report` is always the first.
   */
  readonly descriptors: readonly string[];
  readonly steps: readonly Step[];
}

/** Returns the number of a named descriptor of the program. */
export function descriptorNumber(
  program: Pick<Program, "preserveFds" | "descriptors">,
  name: string,
): number {
  const index = program.descriptors.indexOf(name);
  if (index < 0) throw new RangeError(`The program has no descriptor "${name}"`);
  return 3 + program.preserveFds + index;
}
