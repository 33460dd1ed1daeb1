/**
 * Short forms for the steps that every concern writes.
 *
 * @module
 */

import { type Constant, type ConstantName, constant, value } from "../machine/constants.ts";
import type { SyscallName } from "../machine/syscalls.ts";
import type { Arg, Purpose, Step, SyscallStep } from "../program/step.ts";

/** What a step may say beside its call. */
export type Outcome = Pick<SyscallStep, "save" | "accept" | "on">;

/** One system call. */
export function call(
  purpose: Purpose,
  name: SyscallName,
  args: readonly Arg[],
  outcome: Outcome = {},
): SyscallStep {
  return { call: name, args, ...outcome, ...purpose };
}

/** Names where a step comes from and what it does. */
export function purpose(origin: string, does: string, hint?: string): Purpose {
  return hint === undefined ? { origin, does } : { origin, does, hint };
}

/** The directory from which a path without a descriptor goes. */
export const AT_FDCWD: Constant = constant("AT_FDCWD");

/** The slot that holds the descriptor of the container's root directory. */
export const rootfsSlot = "rootfs";

/** A text argument. */
export const text = (content: string): Arg => ({ text: content });

/** A slot as an argument. */
export const slot = (name: string): Arg => ({ slot: name });

/** A descriptor of the program as an argument. */
export const descriptor = (name: string): Arg => ({ descriptor: name });

/**
 * Opens a path that belongs to the container: it cannot lead out of `directory`, whatever symbolic links it goes over
 * (openat2(2), RESOLVE_IN_ROOT).
 */
export function openInRoot(
  why: Purpose,
  path: string,
  flags: readonly ConstantName[],
  outcome: Outcome,
  options: { readonly mode?: number; readonly resolve?: readonly ConstantName[]; readonly root?: string } = {},
): SyscallStep {
  const resolve = options.resolve ?? ["RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS"];
  return call(
    why,
    "openat2",
    [
      slot(options.root ?? rootfsSlot),
      text(path),
      {
        struct: [
          { u64: constant(...flags, "O_CLOEXEC") },
          { u64: options.mode ?? 0 },
          { u64: constant(...resolve) },
        ],
      },
      24,
    ],
    outcome,
  );
}

/** Attaches a detached mount on what a descriptor shows. */
export function attach(why: Purpose, mount: string, target: string): SyscallStep {
  return call(why, "move_mount", [
    slot(mount),
    text(""),
    slot(target),
    text(""),
    constant("MOVE_MOUNT_F_EMPTY_PATH", "MOVE_MOUNT_T_EMPTY_PATH"),
  ]);
}

/** What mount_setattr(2) changes. */
export interface MountAttributes {
  readonly set: readonly ConstantName[];
  readonly clear: readonly ConstantName[];
  /** One of MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE. */
  readonly propagation?: ConstantName;
  /** Descriptor of a user namespace, for MOUNT_ATTR_IDMAP. */
  readonly userNamespace?: Arg;
}

/** Changes attributes of a mount that a slot holds, recursively or not. */
export function setAttributes(
  why: Purpose,
  mount: string,
  attributes: MountAttributes,
  recursive: boolean,
): SyscallStep {
  const flags: ConstantName[] = recursive ? ["AT_EMPTY_PATH", "AT_RECURSIVE"] : ["AT_EMPTY_PATH"];
  return call(why, "mount_setattr", [
    slot(mount),
    text(""),
    constant(...flags),
    {
      struct: [
        { u64: constant(...attributes.set) },
        { u64: constant(...attributes.clear) },
        { u64: attributes.propagation === undefined ? 0 : constant(attributes.propagation) },
        { u64: attributes.userNamespace ?? 0 },
      ],
    },
    32,
  ]);
}

/** Writes a text to a file that a slot holds, in one write(2). */
export function writeText(why: Purpose, file: Arg, content: string, outcome: Outcome = {}): SyscallStep {
  return call(why, "write", [file, text(content), new TextEncoder().encode(content).length], outcome);
}

/** Marks all descriptors above those that the user's program gets close-on-exec. */
export function closeOnExec(preserveFds: number): SyscallStep {
  return call(purpose("", "mark descriptors close-on-exec"), "close_range", [
    3 + preserveFds,
    0xffff_ffff,
    constant("CLOSE_RANGE_CLOEXEC"),
  ]);
}

/** The mode bits of a directory that is made on the way to a mount point. */
export const directoryMode = 0o755;

/** Descriptor flags of a path that is only passed on. */
export const pathOnly: readonly ConstantName[] = ["O_PATH"];

/** Numbers a slot or label for a place in the configuration. */
export const numbered = (name: string, index: number): string => `${name}-${index}`;

/** Puts lists of steps one behind the other, leaving out what is not wanted. */
export function sequence(...parts: readonly (readonly Step[] | Step | false | undefined)[]): Step[] {
  return parts.flatMap((part) => (part === false || part === undefined ? [] : part));
}

/** The number of a device as mknodat(2) takes it. */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + major * 0x100 + ((minor & ~0xff) << 12);
}

export { constant, value };
