import type { Config, LinuxNamespaceType, Process } from "@ctr/spec";
import type { ExecInput } from "../init/input.ts";
import type { ProcessOptions } from "./create-options.ts";
import { inspectHost, ownableDescriptors } from "./host.ts";
import { setsGroups } from "./id-mappings.ts";
import { withGrantedCapabilities } from "./process/capabilities.ts";
import { findHome, namesHome } from "./process/home.ts";
import { seccompInput } from "./process/seccomp.ts";
import type { Runtime } from "./runtime-options.ts";

/** What is known of an execution before its program is written. */
export interface ExecFacts {
  /** The container's. */
  readonly id: string;
  readonly config: Config;
  /** Those to join. */
  readonly namespaces: readonly LinuxNamespaceType[];
  /** Whether the container has a user namespace, be it ours or not. */
  readonly hasUserNamespace: boolean;
  /** Directory that is the container's root. */
  readonly root: string;
  /** Whether the container has no mount namespace, so that the process takes that directory for its root. */
  readonly changesRoot: boolean;
  readonly cgroupJoins: number;
  readonly resctrlJoins: number;
  readonly options: ProcessOptions & { readonly process: Process };
}

/** Looks up whatever the planner asks for. */
export function execInput(runtime: Runtime, facts: ExecFacts): ExecInput {
  const { kernel } = runtime;
  const { id, config, namespaces, hasUserNamespace, options } = facts;
  const process = withGrantedCapabilities(runtime, options.process, "", hasUserNamespace);
  const { personality, memoryPolicy } = config.linux ?? {};
  const uid = process.user?.uid ?? 0;
  const seccomp = seccompInput(config);
  if (seccomp !== undefined) runtime.debug(`seccomp filter flags: ${seccomp.flags}`);
  const hasHome = namesHome(process.env);
  const { stdin = 0, stdout = 1, stderr = 2 } = options.stdio ?? {};
  const stdio = process.terminal === true ? [] : [stdin, stdout, stderr];
  return {
    id,
    namespaces,
    ...(facts.changesRoot ? { changesRoot: true } : {}),
    cgroupJoins: facts.cgroupJoins,
    resctrlJoins: facts.resctrlJoins,
    noNewKeyring: options.noNewKeyring ?? false,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(personality === undefined ? {} : { personality }),
    ...(memoryPolicy === undefined ? {} : { memoryPolicy }),
    process: {
      process,
      origin: "",
      home: hasHome ? "" : findHome(kernel, facts.root, uid),
      preserveFds: options.preserveFds ?? 0,
      lastCapability: inspectHost(kernel).lastCapability,
      canSetGroups: setsGroups(config, runtime, process, ""),
      limitsByLauncher: namespaces.includes("user") && (process.rlimits?.length ?? 0) > 0,
      preparesConsole: options.console === "foreground",
      ownedStdio: ownableDescriptors(kernel, stdio, uid),
    },
  };
}
