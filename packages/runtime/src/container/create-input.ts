import type { Config, Process } from "@ctr/spec";
import type { Cgroup } from "../cgroups/index.ts";
import type { HookStream } from "../init/hooks.ts";
import type { CreateInput, ProcessInput } from "../init/input.ts";
import type { NamespacePlan } from "../init/linux/namespaces.ts";
import type { SourceInRoot } from "../init/mounts/bind-mount.ts";
import { hookOutputsOf } from "./bundle/annotations.ts";
import type { Bundle } from "./bundle/bundle.ts";
import type { CreateOptions } from "./create-options.ts";
import { inspectHost, mountpointOf, ownableDescriptors, revealingMounts } from "./host.ts";
import { setsGroups } from "./id-mappings.ts";
import { copiedLinks } from "./mounts/copied-links.ts";
import { followLinks } from "./mounts/follow-links.ts";
import { withGrantedCapabilities } from "./process/capabilities.ts";
import { findHome, namesHome } from "./process/home.ts";
import { seccompInput } from "./process/seccomp.ts";
import type { Runtime } from "./runtime-options.ts";

/** What is known of a container before its program is written. */
export interface CreateFacts {
  readonly id: string;
  readonly bundle: Bundle;
  readonly process: Process;
  readonly cgroup: Cgroup;
  readonly cgroupJoins: number;
  readonly resctrlJoins: number;
  readonly namespaces: NamespacePlan;
  readonly openedSources: ReadonlySet<number>;
  readonly sourcesInRoot: ReadonlyMap<number, SourceInRoot>;
  readonly deviceNodes: boolean;
  readonly options: Omit<CreateOptions, "bundle">;
}

/** Looks up on the host whatever the planner asks for. */
export function createInput(runtime: Runtime, facts: CreateFacts): CreateInput {
  const { kernel } = runtime;
  const { id, options, bundle, namespaces, openedSources, cgroup } = facts;
  const { path, rootfs } = bundle;
  const links = copiedLinks(kernel, bundle);
  const config = followLinks(kernel, rootfs, bundle.config, links);
  const { hasKcore, inUserNamespace } = inspectHost(kernel);
  const seccomp = seccompInput(config);
  if (seccomp !== undefined) runtime.debug(`seccomp filter flags: ${seccomp.flags}`);
  const shared = config.linux?.rootfsPropagation === "shared";
  return {
    id,
    config,
    bundle: path,
    rootfs,
    ...(shared ? { rootfsParentMount: mountpointOf(kernel, rootfs) } : {}),
    namespaces,
    cgroupJoins: facts.cgroupJoins,
    resctrlJoins: facts.resctrlJoins,
    cgroupMounts: cgroup.mountSources(),
    openedSources,
    ...(facts.sourcesInRoot.size === 0 ? {} : { sourcesInRoot: facts.sourcesInRoot }),
    deviceNodes: facts.deviceNodes,
    ...(links.size === 0 ? {} : { copiedLinks: links }),
    process: processInput(runtime, { ...facts, process: config.process ?? facts.process }),
    ...(seccomp === undefined ? {} : { seccomp }),
    noPivot: options.noPivot ?? false,
    ...(options.noPivot === true ? { revealing: revealingMounts(kernel, rootfs) } : {}),
    noNewKeyring: options.noNewKeyring ?? false,
    ...hookFacts(config),
    hasKcore,
    inUserNamespace,
  };
}

function hookFacts({
  hooks = {},
  linux,
  annotations = {},
}: Config): Pick<CreateInput, "runtimeHooks" | "containerHooks" | "hookOutputs"> {
  const has = (...lists: readonly (readonly unknown[] | undefined)[]): boolean =>
    lists.some((list) => list !== undefined && list.length > 0);
  const containerHooks = has(hooks.createContainer, hooks.startContainer);
  const { stdout, stderr } = hookOutputsOf({ annotations });
  const outputs: HookStream[] = [
    ...(stdout === undefined ? [] : (["stdout"] as const)),
    ...(stderr === undefined ? [] : (["stderr"] as const)),
  ];
  return {
    containerHooks,
    ...(containerHooks && outputs.length > 0 ? { hookOutputs: outputs } : {}),
    // Hooks in the container read the state, which the launcher can write once it knows the pid.
    // Network devices are moved then, too.
    runtimeHooks:
      containerHooks ||
      has(hooks.prestart, hooks.createRuntime, Object.keys(linux?.netDevices ?? {})),
  };
}

function processInput(runtime: Runtime, facts: CreateFacts): ProcessInput {
  const { kernel } = runtime;
  const { bundle, options, namespaces } = facts;
  const hasUserNamespace = namespaces.own.has("user");
  const process = withGrantedCapabilities(runtime, facts.process, "/process", hasUserNamespace);
  const uid = process.user?.uid ?? 0;
  const { stdin = 0, stdout = 1, stderr = 2 } = options.stdio ?? {};
  const stdio = process.terminal === true ? [] : [stdin, stdout, stderr];
  const hasHome = namesHome(process.env);
  return {
    process,
    origin: "/process",
    home: hasHome ? "" : findHome(kernel, bundle.rootfs, uid),
    preserveFds: options.preserveFds ?? 0,
    lastCapability: inspectHost(kernel).lastCapability,
    canSetGroups: setsGroups(bundle.config, runtime, process, "/process"),
    limitsByLauncher: hasUserNamespace && (process.rlimits?.length ?? 0) > 0,
    preparesConsole: options.console === "foreground",
    ownedStdio: ownableDescriptors(kernel, stdio, uid),
  };
}
