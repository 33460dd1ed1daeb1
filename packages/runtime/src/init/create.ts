/**
 * The program of a container's first process, in its order.
 *
 * ```
 *   cgroup, namespaces     where the process is accounted and what it sees of the kernel
 *   rootfs, mounts, /dev   what it sees of files, still with the host's root
 *   hooks                  the launcher's and the container's, before the pivot
 *   pivot                  from here on the host's files are out of reach
 *   user, capabilities     what it may do
 *   ready, start           it waits for `start`
 *   execve                 it is the user's program
 * ```
 *
 * @module
 */

import type { Program, Step } from "../program/step.ts";
import { cleanPath } from "./container-path.ts";
import { endOnSignals } from "./end-on-signals.ts";
import { hookSteps } from "./hooks.ts";
import { hostnameSteps } from "./hostname.ts";
import type { CreateInput, ProcessInput } from "./input.ts";
import { deviceSteps } from "./linux/devices.ts";
import { intelRdtSteps } from "./linux/intel-rdt.ts";
import { loopbackSteps } from "./linux/loopback.ts";
import { maskedPathSteps } from "./linux/masked-paths.ts";
import { memoryPolicySteps } from "./linux/memory-policy.ts";
import { namespaceSteps } from "./linux/namespaces.ts";
import { personalitySteps } from "./linux/personality.ts";
import { readonlyPathSteps } from "./linux/readonly-paths.ts";
import { filtersBeforeReady, seccompSteps } from "./linux/seccomp.ts";
import { sysctlSteps } from "./linux/sysctl.ts";
import { ensureDirectory } from "./mounts/mountpoint.ts";
import { freshMountAt, mountSteps, readonlyTmpfsSteps } from "./mounts/mounts.ts";
import { consoleSteps } from "./process/console.ts";
import { resetAffinityStep } from "./process/cpu-affinity.ts";
import { executeStep } from "./process/executable.ts";
import { keyringSteps } from "./process/keyring.ts";
import { keyLabelSteps, labelSteps } from "./process/labels.ts";
import { oomScoreSteps } from "./process/oom-score.ts";
import { environment, processSteps } from "./process/process.ts";
import {
  changeRootSteps,
  moveRootSteps,
  pivotSteps,
  readonlyRootSteps,
  rootfsSteps,
} from "./rootfs.ts";
import {
  call,
  closeOnExec,
  hide,
  joinCgroups,
  openProcRoot,
  purpose,
  rootfsSlot,
  sequence,
  setName,
  waitFor,
  waitForSync,
} from "./steps.ts";

/** Writes the program of a container's first process. */
export function planCreate(input: CreateInput): Program {
  const { config, process } = input;
  // Processes of another container share these namespaces and must not reach into this one while it is made.
  const meetsOthers = input.namespaces.joined.some(({ type }) => type === "pid" || type === "user");
  const keyLabel = input.noNewKeyring ? [] : keyLabelSteps(process.process, process.origin);
  return {
    preserveFds: process.preserveFds,
    descriptors: descriptors(input),
    steps: sequence(
      closeOnExec(process.preserveFds),
      setName("bunc:init"),
      openProcRoot(),
      // Before a user namespace takes the right to; clone3 may have entered one already, then the launcher does it.
      !input.namespaces.cloned.includes("user") &&
        oomScoreSteps(process.process.oomScoreAdj, process.origin),
      meetsOthers && [...labelSteps(process.process, process.origin), ...keyLabel, hide()],
      call(purpose("", "clear the umask"), "umask", [0]),
      joinCgroups(input.cgroupJoins),
      resetAffinityStep(),
      intelRdtSteps(input.resctrlJoins),
      namespaceSteps(input.namespaces, config.linux?.timeOffsets),
      call(purpose("", "make a session"), "setsid", []),
      !meetsOthers && keyLabel,
      !input.noNewKeyring && keyringSteps(input.id),
      isNew(input, "network") && loopbackSteps(),
      fileSystemSteps(input),
      hostnameSteps(config),
      personalitySteps(config.linux?.personality),
      memoryPolicySteps(config.linux?.memoryPolicy),
      !meetsOthers && labelSteps(process.process, process.origin),
      // A filter may refuse this later.
      endOnSignals(),
      processSteps(process, input.seccomp, keptDescriptors(input).length),
      startSteps(input),
    ),
  };
}

/** What the program still needs when it is ready. */
function keptDescriptors(input: CreateInput): string[] {
  const hasMoreHooks = (input.config.hooks?.startContainer ?? []).length > 0;
  return [
    ...["report", "start", "sync"],
    ...(input.containerHooks ? ["state"] : []),
    ...(hasMoreHooks ? hookOutputs(input) : []),
  ];
}

function hookOutputs({ hookOutputs: streams = [] }: CreateInput): string[] {
  return streams.map((stream) => `hook-${stream}`);
}

function descriptors(input: CreateInput): string[] {
  return [
    ...new Set([...keptDescriptors(input), ...hookOutputs(input)]),
    ...(input.process.process.terminal === true ? ["console"] : []),
    ...(inheritsMounts(input) ? ["rootfs"] : []),
    ...(input.deviceNodes === true && !bindsDev(input) ? ["devices"] : []),
    ...Array.from({ length: input.cgroupJoins }, (_, index) => `cgroup-${index}`),
    ...Array.from({ length: input.resctrlJoins ?? 0 }, (_, index) => `resctrl-${index}`),
    ...input.namespaces.joined.map(({ type }) => `namespace-${type}`),
    ...[...input.openedSources].map((index) => `mount-${index}`),
  ];
}

function isNew({ namespaces }: CreateInput, type: "network" | "cgroup" | "user"): boolean {
  return namespaces.own.has(type) && !namespaces.joined.some((joined) => joined.type === type);
}

function fileSystemSteps(input: CreateInput): Step[] {
  const { config, process } = input;
  const { linux } = config;
  const cwd = cleanPath(process.process.cwd);
  const dev = freshMountAt("/dev", config.mounts ?? []);
  return sequence(
    rootfsSteps({ ...input, inheritsMounts: inheritsMounts(input) }),
    mountSteps({
      mounts: config.mounts ?? [],
      bundle: input.bundle,
      openedSources: input.openedSources,
      sourcesInRoot: input.sourcesInRoot,
      copiedLinks: input.copiedLinks,
      lockedSources: input.namespaces.own.has("user"),
      cgroupMounts: input.cgroupMounts,
      ownCgroupNamespace: isNew(input, "cgroup"),
      ...(linux?.mountLabel === undefined ? {} : { mountLabel: linux.mountLabel }),
    }),
    !bindsDev(input) &&
      deviceSteps({
        devices: linux?.devices ?? [],
        bind: input.namespaces.own.has("user") || input.inUserNamespace === true,
        made: input.deviceNodes === true,
        hasKcore: input.hasKcore,
        ...(dev === undefined ? {} : { dev }),
      }),
    process.process.terminal === true &&
      consoleSteps({
        origin: process.origin,
        size: process.process.consoleSize,
        uid: process.process.user?.uid ?? 0,
        bindConsole: true,
        preparedByLauncher: process.preparesConsole ?? false,
        root: rootfsSlot,
      }),
    cwd !== "/" &&
      ensureDirectory({ path: cwd, into: "made-cwd", origin: `${process.origin}/cwd` }),
    input.runtimeHooks && [{ tell: "runtimeHooks" } as const, ...waitForSync("wait for the hooks")],
    hookSteps(
      "createContainer",
      config.hooks?.createContainer,
      environment(process),
      input.hookOutputs,
    ),
    readonlyTmpfsSteps(config.mounts ?? []),
    sysctlSteps(linux?.sysctl),
    readonlyPathSteps(linux?.readonlyPaths),
    maskedPathSteps(linux?.maskedPaths, linux?.mountLabel),
    rootSteps(input),
    config.root?.readonly === true && readonlyRootSteps(),
  );
}

function rootSteps(input: CreateInput): Step[] {
  const { config } = input;
  if (inheritsMounts(input)) return changeRootSteps(config);
  return input.noPivot ? moveRootSteps(config, input.revealing ?? []) : pivotSteps(config);
}

/** @see config-linux.md, "Namespaces": without one of a type "the container MUST inherit the runtime namespace" */
function inheritsMounts({ namespaces }: CreateInput): boolean {
  return !namespaces.own.has("mount");
}

/** Who binds a /dev of his own gets it as it is. */
function bindsDev({ config }: CreateInput): boolean {
  return (config.mounts ?? []).some(
    ({ destination, type, options = [] }) =>
      cleanPath(destination) === "/dev" &&
      (type === "bind" || options.includes("bind") || options.includes("rbind")),
  );
}

function startSteps(input: CreateInput): Step[] {
  const { config, process, seccomp } = input;
  return sequence(
    { tell: "ready" } as const,
    waitFor("start", "wait for start"),
    // Hooks of the container are its files: the filter holds for them, too.
    !filtersBeforeReady(process.process, seccomp) && seccompSteps(seccomp),
    hookSteps(
      "startContainer",
      config.hooks?.startContainer,
      environment(process),
      input.hookOutputs,
    ),
    execute(process),
  );
}

/** The last steps of every program. */
export function execute(input: ProcessInput): Step[] {
  const args = input.process.args ?? [];
  return [executeStep(args, environment(input), input.origin)];
}
