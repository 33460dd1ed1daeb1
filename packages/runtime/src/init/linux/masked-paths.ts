/** Paths that cannot be read. @see config-linux.md, "Masked Paths" */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { cleanPath } from "../container-path.ts";
import {
  AT_FDCWD,
  attach,
  call,
  directoryFlags,
  openInRoot,
  purpose,
  setAttributes,
  setOption,
  slot,
  text,
} from "../steps.ts";

/**
 * Puts an empty read-only directory over each directory and the null device over each file; a path that does not exist
 * needs nothing. The null device is the host's: the container's could be a link to anything (CVE-2025-31133).
 */
export function maskedPathSteps(paths: readonly string[] = [], mountLabel: string = ""): Step[] {
  if (paths.length === 0) return [];
  const why = purpose("/linux/maskedPaths", "prepare the masks");
  const options = {
    source: "tmpfs",
    nr_blocks: "1",
    nr_inodes: "1",
    ...(mountLabel === "" ? {} : { context: mountLabel }),
  };
  return [
    call(
      why,
      "openat",
      [AT_FDCWD, text("/dev/null"), constant("O_PATH", "O_NOFOLLOW", "O_CLOEXEC"), 0],
      { save: "null" },
    ),
    call(why, "fsopen", [text("tmpfs"), constant("FSOPEN_CLOEXEC")], { save: "empty:fs" }),
    ...Object.entries(options).map(([key, value]) => setOption(why, "empty:fs", key, value)),
    call(why, "fsconfig", [slot("empty:fs"), constant("FSCONFIG_CMD_CREATE"), 0, 0, 0]),
    call(
      why,
      "fsmount",
      [slot("empty:fs"), constant("FSMOUNT_CLOEXEC"), constant("MOUNT_ATTR_RDONLY")],
      {
        save: "empty",
      },
    ),
    ...once(paths).flatMap(([path, index]) => maskStep(path, index)),
  ];
}

/** Returns the paths with their places in the list; one that is named twice, however it is spelt, is masked once. */
function once(paths: readonly string[]): [path: string, index: number][] {
  const seen = new Map<string, [path: string, index: number]>();
  for (const [index, path] of paths.entries()) {
    const cleaned = cleanPath(path);
    if (!seen.has(cleaned)) seen.set(cleaned, [path, index]);
  }
  return [...seen.values()];
}

function maskStep(path: string, index: number): Step[] {
  const why = purpose(`/linux/maskedPaths/${index}`, `mask "${path}"`);
  const target = `mask-${index}`;
  const made = `${target}:mount`;
  const none = `${target}:none`;
  const file = `${target}:file`;
  const done = `${target}:attach`;
  const clone = constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_EMPTY_PATH");
  return [
    openInRoot(why, cleanPath(path), ["O_PATH"], {
      save: target,
      on: { ENOENT: none, ENOTDIR: none },
    }),
    call(why, "openat", [slot(target), text("."), directoryFlags, 0], { on: { ENOTDIR: file } }),
    // Before Linux 6.15 only what is attached can be cloned: so the first directory gets the mount itself.
    { jump: `${target}:clone`, when: { slot: "empty:attached", isNot: 0 } },
    attach(why, "empty", target),
    // In a mount that is shared it has become so, and what hides one of its clones would appear over all of them.
    setAttributes(why, "empty", { set: [], clear: [], propagation: "MS_PRIVATE" }, false),
    { set: "empty:attached", to: 1 },
    { jump: none },
    { label: `${target}:clone` },
    call(why, "open_tree", [slot("empty"), text(""), clone], { save: made }),
    { jump: done },
    { label: file },
    call(why, "open_tree", [slot("null"), text(""), clone], { save: made }),
    { label: done },
    attach(why, made, target),
    { label: none },
  ];
}
