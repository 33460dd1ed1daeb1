/**
 * The last part of every program, for create and exec alike: from root with all powers to the user's process.
 *
 * @module
 */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import type { ProcessInput, SeccompInput } from "../input.ts";
import { filtersBeforeReady, seccompSteps } from "../linux/seccomp.ts";
import { call, closeOthers, hide, purpose, sequence, waitForSync } from "../steps.ts";
import {
  boundingSteps,
  capabilitySteps,
  keepCapabilitiesStep,
  setCapabilitiesStep,
} from "./capabilities.ts";
import { findExecutableSteps } from "./executable.ts";
import { ioPrioritySteps } from "./io-priority.ts";
import { rlimitSteps } from "./rlimits.ts";
import { schedulerSteps } from "./scheduler.ts";
import { stdioOwnerSteps, umaskSteps, userSteps } from "./user.ts";
import { openRootStep, workingDirectorySteps } from "./working-directory.ts";

/**
 * From root to everything but execve.
 *
 * @param kept how many of the program's own descriptors, from the first on, are needed behind these steps
 */
export function processSteps(
  input: ProcessInput,
  seccomp: SeccompInput | undefined,
  kept: number,
): Step[] {
  const { process, origin, lastCapability } = input;
  const user = process.user ?? { uid: 0, gid: 0 };
  // Absent sets are empty, and so is the absence of all.
  const { capabilities = {} } = process;
  const noNewPrivileges = process.noNewPrivileges === true;
  const filter = filtersBeforeReady(process, seccomp) ? seccompSteps(seccomp) : [];
  // Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes before the last change of capabilities; as late as that
  // allows, because the filter may refuse every system call that is still to come.
  const needsAdmin = filter.length > 0 && !noNewPrivileges;
  const limitsDescriptors = process.rlimits?.some(({ type }) => type === "RLIMIT_NOFILE") === true;
  return sequence(
    // What was opened on the way may be more than the limit lets any step open.
    limitsDescriptors && closeOthers(input.preserveFds, kept),
    openRootStep(),
    schedulerSteps(process.scheduler, origin),
    ioPrioritySteps(process.ioPriority, origin),
    noNewPrivileges && noNewPrivilegesStep(origin),
    input.limitsByLauncher
      ? [{ tell: "limits" } as const, ...waitForSync("wait for the resource limits")]
      : rlimitSteps(process.rlimits, origin),
    stdioOwnerSteps(user.uid ?? 0, input.ownedStdio),
    boundingSteps(capabilities, origin, lastCapability),
    keepCapabilitiesStep(origin, 1),
    workingDirectorySteps(process.cwd, origin, "cwd:denied"),
    userSteps(user, origin, input.canSetGroups),
    { jump: "cwd:entered" } as const,
    // The user may enter where root may not, as on a network file system.
    { label: "cwd:denied" } as const,
    userSteps(user, origin, input.canSetGroups),
    workingDirectorySteps(process.cwd, origin),
    { label: "cwd:entered" } as const,
    // From those who are executed in the container while this waits for start; a change of the uid shows it, when the
    // machine says so (fs.suid_dumpable).
    hide(),
    capabilitySteps(capabilities, origin, lastCapability, needsAdmin),
    keepCapabilitiesStep(origin, 0),
    umaskSteps(user, origin),
    findExecutableSteps(process.args ?? [], environment(input), origin),
    closeOthers(input.preserveFds, kept),
    filter,
    needsAdmin && setCapabilitiesStep(capabilities, origin, lastCapability, false),
  );
}

function noNewPrivilegesStep(origin: string): Step {
  return call(purpose(`${origin}/noNewPrivileges`, "set no_new_privs"), "prctl", [
    constant("PR_SET_NO_NEW_PRIVS"),
    1,
    0,
    0,
    0,
  ]);
}

/** The environment of the process: each name once, with its last value; HOME as /etc/passwd says when it has none. */
export function environment({ process, home }: ProcessInput): string[] {
  const byName = new Map((process.env ?? []).map((entry) => [entry.replace(/=.*$/s, ""), entry]));
  if ((byName.get("HOME") ?? "HOME=") === "HOME=") byName.set("HOME", `HOME=${home}`);
  return [...byName.values()];
}
