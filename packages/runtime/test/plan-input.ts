/** Input of the planner for tests that change a field or two. */

import type { Config, Process } from "@ctr/spec";
import type { CreateInput, ExecInput, ProcessInput, SeccompInput } from "../src/init/input.ts";
import { planNamespaces } from "../src/init/linux/namespaces.ts";

/** A filter of one instruction. */
export const seccomp: SeccompInput = { filter: new Uint8Array(8), flags: 0, listener: false };

/** Input for a process of root that runs `/bin/sh`. */
export function processInput(
  process: Partial<Process> = {},
  facts: Partial<ProcessInput> = {},
): ProcessInput {
  return {
    process: { cwd: "/", args: ["/bin/sh"], ...process },
    origin: "/process",
    home: "/root",
    preserveFds: 0,
    lastCapability: 40,
    canSetGroups: true,
    limitsByLauncher: false,
    ownedStdio: [],
    ...facts,
  };
}

/** Input for a container with a mount namespace and nothing else but what is given. */
export function createInput(
  config: Partial<Config> = {},
  facts: Partial<CreateInput> = {},
): CreateInput {
  const linux = { namespaces: [{ type: "mount" as const }], ...config.linux };
  return {
    id: "web",
    config: { ociVersion: "1.3.0", root: { path: "rootfs" }, ...config, linux },
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    namespaces: planNamespaces(linux.namespaces),
    cgroupJoins: 0,
    cgroupMounts: [],
    openedSources: new Set(),
    process: processInput(config.process),
    noPivot: false,
    noNewKeyring: false,
    runtimeHooks: false,
    containerHooks: false,
    hasKcore: false,
    ...facts,
  };
}

/** Input for a process of root in a container with namespaces of its own. */
export function execInput(
  process: Partial<Process> = {},
  facts: Partial<ExecInput> = {},
): ExecInput {
  return {
    id: "web",
    namespaces: ["mount", "pid"],
    cgroupJoins: 0,
    process: processInput(process, { origin: "" }),
    noNewKeyring: false,
    ...facts,
  };
}
