/**
 * A mount of config.json while steps are written for it, and what all kinds of mounts have in common.
 *
 * @module
 */

import type { Mount } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { purpose, setAttributes } from "../steps.ts";
import type { MountOptions } from "./mount-options.ts";

/** One mount of config.json, read. */
export interface PlannedMount {
  readonly mount: Mount;
  readonly options: MountOptions;
  /** Absolute, without `.`, `..` and doubled slashes. */
  readonly path: string;
  /** JSON pointer. */
  readonly origin: string;
  /** Slot of the mount point; slots and labels of this mount begin with it. */
  readonly target: string;
  /** Slot of the mount itself. */
  readonly made: string;
  /** Slot of the mount that its mount point lies directly in, when nothing can be in the way there. */
  readonly fresh?: string;
}

/** Attributes for the mount and those below it. */
export function changeBelow({ options, made, origin, path }: PlannedMount): Step[] {
  const { set, clear } = options.recursive;
  if (set.length === 0 && clear.length === 0) return [];
  const why = purpose(origin, `set the attributes of all mounts below "${path}"`);
  return [setAttributes(why, made, { set, clear }, true)];
}

/** Sets the propagation once the mount is in its place. */
export function propagationSteps({ options, made, origin, path }: PlannedMount): Step[] {
  return options.propagation.map(({ flag, recursive }) =>
    setAttributes(
      purpose(origin, `set the propagation of the mount at "${path}"`),
      made,
      { set: [], clear: [], propagation: flag },
      recursive,
    ),
  );
}

/** The slot of the file system that is being made. */
export function contextOf({ made }: Pick<PlannedMount, "made">): string {
  return `${made}:fs`;
}
