/** A session keyring of the container's own. @see keyctl(2), KEYCTL_JOIN_SESSION_KEYRING; session-keyring(7) */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { call, purpose, slot, text } from "../steps.ts";

/**
 * The permissions of a new session keyring and the right of its owner to search it, without which a process that
 * joined it later could not.
 */
const permissions = 0x3f1b_0000;

/** Joins a new session keyring with runc's name; a kernel without keyrings has none to protect. */
export function keyringSteps(id: string): Step[] {
  const why = purpose("", "join a new session keyring", "Try --no-new-keyring");
  return [
    call(why, "keyctl", [constant("KEYCTL_JOIN_SESSION_KEYRING"), text(`_ses.${id}`)], {
      save: "keyring",
      on: { ENOSYS: "keyring:none" },
    }),
    call(why, "keyctl", [constant("KEYCTL_SETPERM"), slot("keyring"), permissions]),
    { label: "keyring:none" },
  ];
}
