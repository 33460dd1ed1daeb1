/**
 * The option `copy-symlink` of crun: a link that would be the source of a bind mount is made anew in the container.
 *
 * @see crun(1), "copy-symlink"
 * @module
 */

import type { Step } from "../../program/step.ts";
import { call, purpose, sequence, slot, text } from "../steps.ts";
import { ensureParent, lastPart } from "./mountpoint.ts";
import type { PlannedMount } from "./planned-mount.ts";

/** A link to be copied, as the launcher found it. */
export interface CopiedLink {
  /** What it says. */
  readonly target: string;
  /** Whether the same link is in the root filesystem already, of an earlier container. */
  readonly isThere: boolean;
}

/** Makes the link, unless it is there. */
export function copiedLinkSteps(
  { path, origin, target: parent }: PlannedMount,
  { target, isThere }: CopiedLink,
): Step[] {
  if (isThere) return [];
  return sequence(
    ensureParent({ path, into: parent, origin }),
    call(
      purpose(origin, `make the link "${path}"`, "Something else is there in the container"),
      "symlinkat",
      [text(target), slot(parent), text(lastPart(path))],
    ),
    call(purpose(origin, `close the directory of "${path}"`), "close", [slot(parent)]),
  );
}
