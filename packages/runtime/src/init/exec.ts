/**
 * The program of a process that joins a running container.
 *
 * @module
 */

import type { Program } from "../program/step.ts";
import { consoleSteps } from "./console.ts";
import { execute } from "./create.ts";
import type { ExecInput } from "./input.ts";
import { keyringSteps } from "./keyring.ts";
import { memoryPolicySteps } from "./memory-policy.ts";
import { joinInitSteps } from "./namespaces.ts";
import { oomScoreSteps } from "./oom-score.ts";
import { personalitySteps } from "./personality.ts";
import { processSteps } from "./process.ts";
import { seccompSteps } from "./seccomp.ts";
import {
  call,
  closeOnExec,
  joinCgroups,
  openProcRoot,
  purpose,
  sequence,
  setName,
} from "./steps.ts";
import { openRootStep } from "./working-directory.ts";

/** Writes the program of a process that is executed in a container. */
export function planExec(input: ExecInput): Program {
  const { process } = input;
  const terminal = process.process.terminal === true;
  return {
    preserveFds: process.preserveFds,
    descriptors: [
      "report",
      "sync",
      "init",
      ...(terminal ? ["console"] : []),
      ...Array.from({ length: input.cgroupJoins }, (_, index) => `cgroup-${index}`),
    ],
    steps: sequence(
      closeOnExec(process.preserveFds),
      setName("bunc:exec"),
      openProcRoot(),
      joinCgroups(input.cgroupJoins),
      joinInitSteps(input.namespaces),
      call(purpose("", "make a session"), "setsid", []),
      !input.noNewKeyring && keyringSteps(input.id),
      oomScoreSteps(process.process.oomScoreAdj, process.origin),
      terminal && [
        openRootStep(),
        ...consoleSteps({
          origin: process.origin,
          size: process.process.consoleSize,
          uid: process.process.user?.uid ?? 0,
          bindConsole: false,
          root: "root",
        }),
      ],
      personalitySteps(input.personality),
      memoryPolicySteps(input.memoryPolicy),
      processSteps(process, input.seccomp),
      process.process.noNewPrivileges === true && seccompSteps(input.seccomp),
      execute(process),
    ),
  };
}
