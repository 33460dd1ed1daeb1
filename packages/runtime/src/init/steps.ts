/**
 * Short forms for the steps that every concern writes.
 *
 * @module
 */

import { type Constant, type ConstantName, constant } from "../machine/constants.ts";
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
  options: {
    readonly mode?: number;
    readonly resolve?: readonly ConstantName[];
    readonly root?: string;
  } = {},
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

/** Gives a file system that is being made, or changed, an option with a value: a text, or where one will be. */
export function setOption(
  why: Purpose,
  context: string,
  key: string,
  value: string | Arg,
): SyscallStep {
  return call(why, "fsconfig", [
    slot(context),
    constant("FSCONFIG_SET_STRING"),
    text(key),
    typeof value === "string" ? text(value) : value,
    0,
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
export function writeText(
  why: Purpose,
  file: Arg,
  content: string,
  outcome: Outcome = {},
): SyscallStep {
  return call(
    why,
    "write",
    [file, text(content), new TextEncoder().encode(content).length],
    outcome,
  );
}

/** Marks all descriptors above those that the user's program gets close-on-exec. */
export function closeOnExec(preserveFds: number): SyscallStep {
  return call(purpose("", "mark descriptors close-on-exec"), "close_range", [
    3 + preserveFds,
    0xffff_ffff,
    constant("CLOSE_RANGE_CLOEXEC"),
  ]);
}

/**
 * Closes all descriptors but those that the user's program gets and the first few of the program's own: what was opened
 * on the way, the host's root and /proc among it, is nobody's to find in /proc/PID/fd of a process that waits.
 *
 * @param kept how many of the program's own descriptors stay; they are close-on-exec since the first step
 */
export function closeOthers(preserveFds: number, kept: number): SyscallStep {
  return call(purpose("", "close what is not needed any more"), "close_range", [
    3 + preserveFds + kept,
    0xffff_ffff,
    0,
  ]);
}

/** Gives the process a name for `ps` until it is the user's program; at most 15 bytes. */
export function setName(name: string): SyscallStep {
  return call(purpose("", `take the name "${name}"`), "prctl", [
    constant("PR_SET_NAME"),
    text(name),
    0,
    0,
    0,
  ]);
}

/** Moves the process into cgroups by way of their open files. */
export function joinCgroups(count: number): SyscallStep[] {
  return Array.from({ length: count }, (_, index) =>
    writeText(purpose("/linux/cgroupsPath", "join the cgroup"), descriptor(`cgroup-${index}`), "0"),
  );
}

const procSlot = "proc";

/**
 * Opens the host's /proc, before any mount of the container exists: what the container mounts at /proc may be made to
 * look like anything (CVE-2019-16884).
 */
export function openProcRoot(): SyscallStep {
  return call(purpose("", "open /proc"), "openat", [AT_FDCWD, text("/proc"), directoryFlags, 0], {
    save: procSlot,
  });
}

/** Lets go of the host's /proc. */
export function closeProc(): SyscallStep {
  return call(purpose("", "close /proc"), "close", [slot(procSlot)]);
}

/**
 * Lets nobody in the container trace the process or open its descriptors until it is the user's program: before it is
 * where others are, and before others can come to where it waits for `start` (CVE-2016-9962).
 */
export function hide(): SyscallStep {
  const why = purpose("", "hide the process from those in the container");
  return call(why, "prctl", [constant("PR_SET_DUMPABLE"), 0, 0, 0, 0]);
}

/** Opens a file of the host's /proc; `self` is the process of the program. */
export function openProc(
  why: Purpose,
  path: string,
  flags: readonly ConstantName[],
  outcome: Outcome,
): SyscallStep {
  return call(
    why,
    "openat",
    [slot(procSlot), text(path), constant(...flags, "O_CLOEXEC"), 0],
    outcome,
  );
}

/** Waits for the launcher to write one byte to `sync`; the launcher's end ends the program. */
export function waitForSync(does: string, origin = ""): Step[] {
  return waitFor("sync", does, origin);
}

/** Waits for one byte on a descriptor; once in a program for the same field and purpose. */
export function waitFor(name: "sync" | "start", does: string, origin = ""): Step[] {
  const why = purpose(origin, does, "The process that was to go on is gone");
  const [count, label] = [`read:${origin}${does}`, `done:${origin}${does}`];
  return [
    call(why, "read", [descriptor(name), { buffer: "byte", size: 8 }, 1], { save: count }),
    { jump: label, when: { slot: count, isNot: 0 } },
    { fail: "EPIPE", ...why },
    { label },
  ];
}

/** Opens a directory to pass its descriptor on. */
export const directoryFlags: Constant = constant("O_PATH", "O_DIRECTORY", "O_CLOEXEC");

/** The mode bits of a directory that is made on the way to a mount point. */
export const directoryMode = 0o755;

/** Puts lists of steps one behind the other, leaving out what is not wanted. */
export function sequence(
  ...parts: readonly (readonly (Step | readonly Step[])[] | Step | false | undefined)[]
): Step[] {
  return parts.flatMap((part) => {
    if (part === false || part === undefined) return [];
    return "flat" in part ? part.flat() : [part];
  });
}

/** The number of a device as mknodat(2) takes it. */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor & ~0xff) * 0x1000;
}
