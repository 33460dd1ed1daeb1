/** What processes of a container would do, before anything is done. */

import { type Config, ContainerError, requireValidProcess } from "@ctr/spec";
import type { Cgroup } from "../cgroups/index.ts";
import { planCreate } from "../init/create.ts";
import { planExec } from "../init/exec.ts";
import { type NamespacePlan, planNamespaces } from "../init/linux/namespaces.ts";
import type { Program } from "../program/step.ts";
import { type Bundle, openBundle } from "./bundle/bundle.ts";
import { cgroupToBe } from "./container-cgroup.ts";
import { createInput } from "./create-input.ts";
import type { CreateOptions } from "./create-options.ts";
import type { ExecOptions } from "./exec.ts";
import { execInput } from "./exec-input.ts";
import { makesDeviceNodes } from "./mounts/device-nodes.ts";
import { MountSources } from "./mounts/mount-sources.ts";
import { inheritProcess } from "./process/inherited-process.ts";
import { type Runtime, runtimeOf } from "./runtime-options.ts";

/** Options of {@linkcode plan}. */
export interface PlanOptions extends CreateOptions {
  /** @default the name of the bundle's directory */
  readonly id?: string;
}

/**
 * Returns the init program of a container that is not created: print it with `explainProgram()`, compare two.
 *
 * @throws {ContainerError} as `create()` does for a configuration that cannot be used
 */
export function plan(options: PlanOptions): Program {
  const { runtime, bundle, id, namespaces, cgroup } = look(options);
  const { config } = bundle;
  if (config.process === undefined) {
    throw new ContainerError(
      "Cannot explain this configuration (/process): there is nothing to run",
      {
        code: "ERR_INVALID_CONFIG",
        kind: "invalid",
        pointer: "/process",
      },
    );
  }
  const sources = new MountSources(runtime, bundle, namespaces);
  return planCreate(
    createInput(runtime, {
      id,
      bundle,
      process: config.process,
      cgroup,
      cgroupJoins: cgroupJoins(cgroup, false),
      resctrlJoins: resctrlJoins(config),
      namespaces,
      openedSources: sources.toOpen,
      sourcesInRoot: sources.inRoot,
      deviceNodes: makesDeviceNodes(runtime, config, namespaces),
      options,
    }),
  );
}

/** Options of {@linkcode planExecution}. */
export interface PlanExecutionOptions
  extends PlanOptions,
    Pick<ExecOptions, "process" | "preserveFds" | "noNewKeyring"> {}

/**
 * Returns the program of a process that would be executed in a container of a bundle, which need not exist.
 *
 * @throws {ContainerError} as `create()` and `Container.exec()` do for what cannot be used
 */
export function planExecution(options: PlanExecutionOptions): Program {
  const { runtime, bundle, id, namespaces, cgroup } = look(options);
  const { config } = bundle;
  const { preserveFds = 0, noNewKeyring = false, stdio } = options;
  const process = inheritProcess(options.process, config.process);
  requireValidProcess(process);
  return planExec(
    execInput(runtime, {
      id,
      config,
      namespaces: [...namespaces.own],
      hasUserNamespace: namespaces.own.has("user"),
      root: bundle.rootfs,
      changesRoot: !namespaces.own.has("mount"),
      cgroupJoins: cgroupJoins(cgroup, (process.execCPUAffinity?.initial ?? "") !== ""),
      resctrlJoins: resctrlJoins(config),
      options: { process, preserveFds, noNewKeyring, ...(stdio === undefined ? {} : { stdio }) },
    }),
  );
}

interface Looked {
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly id: string;
  readonly namespaces: NamespacePlan;
  readonly cgroup: Cgroup;
}

function look(options: PlanOptions): Looked {
  const runtime = runtimeOf(options);
  const bundle = openBundle(runtime, options);
  const { config } = bundle;
  const id = options.id ?? bundle.path.slice(bundle.path.lastIndexOf("/") + 1);
  const namespaces = planNamespaces(config.linux?.namespaces ?? []);
  return { runtime, bundle, id, namespaces, cgroup: cgroupToBe(runtime, id, config) };
}

/** In version 2 a process is born in its cgroup, unless it has to do something first. */
function cgroupJoins(cgroup: Cgroup, late: boolean): number {
  const count = new Set(Object.values(cgroup.paths)).size;
  return cgroup.mode === "v2" && !late ? 0 : count;
}

/** The class of service, and its monitoring group. */
function resctrlJoins({ linux }: Config): number {
  if (linux?.intelRdt === undefined) return 0;
  return linux.intelRdt.enableMonitoring === true ? 2 : 1;
}
