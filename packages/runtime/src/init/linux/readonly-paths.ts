/** Paths that can be read only. @see config-linux.md, "Readonly Paths" */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { cleanPath } from "../container-path.ts";
import { attach, call, openInRoot, purpose, setAttributes, slot, text } from "../steps.ts";

/** Binds each path to itself, read-only; one that does not exist needs nothing. */
export function readonlyPathSteps(paths: readonly string[] = []): Step[] {
  return paths.flatMap((path, index) => {
    const why = purpose(`/linux/readonlyPaths/${index}`, `make "${path}" read-only`);
    const [target, made, none] = [
      `readonly-${index}`,
      `readonly-${index}:mount`,
      `readonly-${index}:none`,
    ];
    return [
      openInRoot(why, cleanPath(path), ["O_PATH"], {
        save: target,
        on: { ENOENT: none, ENOTDIR: none },
      }),
      call(
        why,
        "open_tree",
        [
          slot(target),
          text(""),
          constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_EMPTY_PATH", "AT_RECURSIVE"),
        ],
        { save: made },
      ),
      setAttributes(why, made, { set: ["MOUNT_ATTR_RDONLY"], clear: [] }, false),
      attach(why, made, target),
      { label: none },
    ];
  });
}
