/**
 * The program of a process that joins a running container.
 *
 * @module
 */

import type { Program } from "../program/step.ts";
import { execute } from "./create.ts";
import type { ExecInput } from "./input.ts";
import { intelRdtSteps } from "./linux/intel-rdt.ts";
import { memoryPolicySteps } from "./linux/memory-policy.ts";
import { joinInitSteps } from "./linux/namespaces.ts";
import { personalitySteps } from "./linux/personality.ts";
import { filtersBeforeReady, seccompSteps } from "./linux/seccomp.ts";
import { consoleSteps } from "./process/console.ts";
import { finalAffinitySteps, initialAffinitySteps } from "./process/cpu-affinity.ts";
import { keyringSteps } from "./process/keyring.ts";
import { keyLabelSteps, labelSteps } from "./process/labels.ts";
import { oomScoreSteps } from "./process/oom-score.ts";
import { processSteps } from "./process/process.ts";
import { enterRootSteps, openRootStep } from "./process/working-directory.ts";
import {
  call,
  closeOnExec,
  closeProc,
  hide,
  joinCgroups,
  openProcRoot,
  purpose,
  sequence,
  setName,
} from "./steps.ts";

/** Writes the program of a process that is executed in a container. */
export function planExec(input: ExecInput): Program {
  const { process } = input;
  const terminal = process.process.terminal === true;
  const affinity = process.process.execCPUAffinity;
  const kept = ["report", "sync"];
  return {
    preserveFds: process.preserveFds,
    descriptors: [
      ...kept,
      "init",
      ...(input.changesRoot === true ? ["root"] : []),
      ...(terminal ? ["console"] : []),
      ...Array.from({ length: input.cgroupJoins }, (_, index) => `cgroup-${index}`),
      ...Array.from({ length: input.resctrlJoins ?? 0 }, (_, index) => `resctrl-${index}`),
    ],
    steps: sequence(
      closeOnExec(process.preserveFds),
      setName("bunc:exec"),
      openProcRoot(),
      oomScoreSteps(process.process.oomScoreAdj, process.origin),
      labelSteps(process.process, process.origin),
      !input.noNewKeyring && keyLabelSteps(process.process, process.origin),
      closeProc(),
      hide(),
      initialAffinitySteps(affinity ?? {}, process.origin),
      joinCgroups(input.cgroupJoins),
      intelRdtSteps(input.resctrlJoins),
      joinInitSteps(input.namespaces),
      input.changesRoot === true && enterRootSteps(),
      call(purpose("", "make a session"), "setsid", []),
      !input.noNewKeyring && keyringSteps(input.id),
      terminal && [
        openRootStep(),
        ...consoleSteps({
          origin: process.origin,
          size: process.process.consoleSize,
          uid: process.process.user?.uid ?? 0,
          bindConsole: false,
          preparedByLauncher: process.preparesConsole ?? false,
          root: "root",
        }),
      ],
      finalAffinitySteps(affinity, process.origin),
      personalitySteps(input.personality),
      memoryPolicySteps(input.memoryPolicy),
      processSteps(process, input.seccomp, kept.length),
      !filtersBeforeReady(process.process, input.seccomp) && seccompSteps(input.seccomp),
      execute(process),
    ),
  };
}
