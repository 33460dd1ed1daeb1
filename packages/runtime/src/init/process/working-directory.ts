/** The working directory of the process. @see config.md, "Process", `cwd` */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { call, descriptor, directoryFlags, openInRoot, purpose, slot, text } from "../steps.ts";

/**
 * Goes to the working directory, by way of a descriptor that cannot lead out of the root, and not through a magic link
 * such as `/proc/self/fd/7` (CVE-2024-21626).
 *
 * @param whenDenied label to go to when the directory may not be entered: the user who comes may, where root may not
 */
export function workingDirectorySteps(cwd: string, origin: string, whenDenied?: string): Step[] {
  const why = purpose(
    `${origin}/cwd`,
    `chdir to the working directory "${cwd}"`,
    "Is it a directory, and may the user enter it?",
  );
  const on = whenDenied === undefined ? {} : { on: { EACCES: whenDenied } };
  const slotName = whenDenied === undefined ? "cwd-again" : "cwd";
  return [
    openInRoot(
      why,
      cwd === "" ? "/" : cwd,
      ["O_PATH", "O_DIRECTORY"],
      { save: slotName, ...on },
      { root: "root" },
    ),
    call(why, "fchdir", [slot(slotName)], on),
    call(why, "close", [slot(slotName)]),
  ];
}

/** Takes the root of a container whose mount namespace is not its own: descriptor `root`. */
export function enterRootSteps(): Step[] {
  const why = purpose("", "enter the container's root");
  return [
    call(why, "fchdir", [descriptor("root")]),
    call(why, "chroot", [text(".")]),
    call(why, "chdir", [text("/")]),
  ];
}

/** Opens the root that paths of the process start from: slot `root`. */
export function openRootStep(): Step {
  return call(
    purpose("", "open the container's root"),
    "openat",
    [constant("AT_FDCWD"), text("/"), directoryFlags, 0],
    { save: "root" },
  );
}
