/**
 * Mount points: found by descriptor beneath the root, and made when they are missing.
 *
 * @module
 */

import { type ConstantName, constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import {
  call,
  directoryFlags,
  directoryMode,
  type Outcome,
  openInRoot,
  purpose,
  rootfsSlot,
  sequence,
  slot,
  text,
} from "../steps.ts";

/** Where a mount point is wanted. */
export interface Mountpoint {
  /** Absolute path in the container, without `.` and `..`. */
  readonly path: string;
  /** Slot that gets its descriptor; also the stem of labels, so unique in the program. */
  readonly into: string;
  readonly origin: string;
  /** Extra restrictions of openat2(2). */
  readonly resolve?: readonly ConstantName[];
  /** A link that is there is the place itself. */
  readonly noFollow?: boolean;
  /** Slot that is 0 when a directory had to be made, another number when it was there. */
  readonly there?: string;
  /** What is demanded of it, for who reads that it was not met. */
  readonly demand?: string;
}

/** Opens a directory, making it and those above it when they are missing. */
export function ensureDirectory(point: Mountpoint): Step[] {
  const { path, into, origin, resolve, demand, there } = point;
  const suffix = demand === undefined ? "" : `: ${demand}`;
  const why = purpose(origin, `open the directory "${path}"${suffix}`);
  const flags: readonly ConstantName[] = ["O_PATH", "O_DIRECTORY"];
  const options = resolve === undefined ? {} : { resolve };
  if (path !== "/" && path.lastIndexOf("/") === 0) {
    // One level is made without looking first.
    return [
      call(
        purpose(origin, `make the directory "${path}"`),
        "mkdirat",
        [slot(rootfsSlot), text(path.slice(1)), directoryMode],
        { ...savedAs(there), accept: ["EEXIST", "EROFS"] },
      ),
      openInRoot(why, path, flags, { save: into }, options),
    ];
  }
  return sequence(
    openInRoot(why, path, flags, { save: into, on: { ENOENT: `${into}:make` } }, options),
    there !== undefined && ({ set: there, to: 1 } as const),
    { jump: `${into}:have` } as const,
    { label: `${into}:make` } as const,
    makeDirectories(path, into, origin),
    { label: `${into}:have` } as const,
  );
}

/**
 * Makes and opens a directory in a file system that the program has just made, where nothing is in the way and nobody
 * else is.
 */
export function makeIn(fresh: string, { path, into, origin, there }: Mountpoint): Step[] {
  const name = text(lastPart(path));
  return [
    call(
      purpose(origin, `make the directory "${path}"`),
      "mkdirat",
      [slot(fresh), name, directoryMode],
      { ...savedAs(there), accept: ["EEXIST"] },
    ),
    call(
      purpose(origin, `open the directory "${path}"`),
      "openat",
      [slot(fresh), name, constant("O_PATH", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"), 0],
      { save: into },
    ),
  ];
}

function savedAs(slotName: string | undefined): Pick<Outcome, "save"> {
  return slotName === undefined ? {} : { save: slotName };
}

/** Opens what is at a path; when nothing is, makes a file or, when the source in a slot is a directory, a directory. */
export function ensureLike(source: string, mountpoint: Mountpoint): Step[] {
  const { path, into, origin, noFollow = false, resolve } = mountpoint;
  const why = purpose(origin, `open "${path}"`);
  const flags: readonly ConstantName[] = noFollow ? ["O_PATH", "O_NOFOLLOW"] : ["O_PATH"];
  return [
    openInRoot(
      why,
      path,
      flags,
      { save: into, on: { ENOENT: `${into}:make` } },
      resolve === undefined ? {} : { resolve },
    ),
    { jump: `${into}:have` },
    { label: `${into}:make` },
    call(
      purpose(origin, "look at the source of the mount"),
      "openat",
      [slot(source), text("."), directoryFlags, 0],
      { on: { ENOTDIR: `${into}:file` } },
    ),
    ...makeDirectories(path, into, origin),
    { jump: `${into}:have` },
    { label: `${into}:file` },
    ...makeFile(path, into, origin),
    { label: `${into}:have` },
  ];
}

/** Opens a file, making it and the directories above it when they are missing. */
export function ensureFile({ path, into, origin }: Mountpoint): Step[] {
  const why = purpose(origin, `open "${path}"`);
  return [
    openInRoot(why, path, ["O_PATH"], { save: into, on: { ENOENT: `${into}:file` } }),
    { jump: `${into}:have` },
    { label: `${into}:file` },
    ...makeFile(path, into, origin),
    { label: `${into}:have` },
  ];
}

/** Opens the directory that a path lies in, making it when it is missing. */
export function ensureParent({ path, into, origin }: Mountpoint): Step[] {
  return ensureDirectory({ path: parentOf(path), into, origin });
}

/** The directory that a path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function makeDirectories(path: string, into: string, origin: string): Step[] {
  const steps: Step[] = [{ set: into, to: slot(rootfsSlot) }];
  let prefix = "";
  for (const part of path.split("/").filter((name) => name !== "")) {
    prefix += `/${part}`;
    steps.push(
      call(
        purpose(origin, `make the directory "${prefix}"`),
        "mkdirat",
        [slot(into), text(part), directoryMode],
        { accept: ["EEXIST"] },
      ),
      openInRoot(
        purpose(origin, `open the directory "${prefix}"`),
        prefix,
        ["O_PATH", "O_DIRECTORY"],
        {
          save: into,
        },
      ),
    );
  }
  return steps;
}

function makeFile(path: string, into: string, origin: string): Step[] {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return [
    ...makeDirectories(parent, into, origin),
    openInRoot(
      purpose(origin, `make the file "${path}"`),
      path,
      ["O_CREAT", "O_WRONLY"],
      { save: `${into}:file` },
      { mode: 0o644 },
    ),
    // As long as it is open for writing its mount cannot become read-only.
    call(purpose(origin, `close "${path}"`), "close", [slot(`${into}:file`)]),
    openInRoot(purpose(origin, `open "${path}"`), path, ["O_PATH"], { save: into }),
  ];
}
