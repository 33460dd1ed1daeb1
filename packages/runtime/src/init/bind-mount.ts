/**
 * Bind mounts, idmapped ones among them.
 *
 * @see config.md, "Mounts"; open_tree(2)
 * @module
 */

import { constant } from "../machine/constants.ts";
import type { Arg, Step } from "../program/step.ts";
import { resolvePath } from "./container-path.ts";
import { ensureLike } from "./mountpoint.ts";
import { changeBelow, type PlannedMount, propagationSteps } from "./planned-mount.ts";
import {
  AT_FDCWD,
  attach,
  call,
  descriptor,
  purpose,
  sequence,
  setAttributes,
  text,
} from "./steps.ts";

/**
 * Binds a file or directory.
 *
 * @param opened the descriptor of the source, when the launcher has opened it: to map its ids, or because root of the
 *   container's user namespace may not reach it
 */
export function bindSteps(
  planned: PlannedMount,
  opened: string | undefined,
  bundle: string,
): Step[] {
  const { options, path, origin, target, made } = planned;
  const source = bindSource(planned, bundle);
  const why = purpose(origin, `bind "${source}" to "${path}"`);
  const { set, clear } = options.attributes;
  return sequence(
    opened === undefined
      ? call(
          purpose(origin, `open the source "${source}" of the bind mount at "${path}"`),
          "open_tree",
          [AT_FDCWD, text(source), treeFlags(planned)],
          { save: made },
        )
      : ({ set: made, to: descriptor(opened) } as const),
    ensureLike(made, { path, into: target, origin }),
    (set.length > 0 || clear.length > 0) &&
      setAttributes(
        purpose(origin, `set the options of the bind mount at "${path}"`),
        made,
        { set, clear },
        false,
      ),
    attach(why, made, target),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

/** Returns the source of a bind mount; relative ones start at the bundle. */
export function bindSource({ mount }: Pick<PlannedMount, "mount">, bundle: string): string {
  return resolvePath(bundle, mount.source ?? "");
}

function treeFlags({ options }: PlannedMount): Arg {
  return options.bind === "rbind"
    ? constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE")
    : constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC");
}
