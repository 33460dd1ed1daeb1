/** What a container's first process would do, before anything is done. */

import { type Config, ContainerError } from "@ctr/spec";
import { planCreate } from "../init/create.ts";
import { planNamespaces } from "../init/namespaces.ts";
import type { Program } from "../program/step.ts";
import { openBundle } from "./bundle.ts";
import { cgroupToBe } from "./container-cgroup.ts";
import { createInput } from "./create-input.ts";
import type { CreateOptions } from "./create-options.ts";
import { sourcesToOpen } from "./mount-sources.ts";
import { runtimeOf } from "./runtime-options.ts";

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
  const runtime = runtimeOf(options);
  const bundle = openBundle(runtime.kernel, options);
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
  const id = options.id ?? bundle.path.slice(bundle.path.lastIndexOf("/") + 1);
  const namespaces = planNamespaces(config.linux?.namespaces ?? []);
  const cgroup = cgroupToBe(runtime, id, config);
  return planCreate(
    createInput(runtime, {
      id,
      bundle,
      process: config.process,
      cgroup,
      cgroupJoins: cgroup.mode === "v2" ? 0 : new Set(Object.values(cgroup.paths)).size,
      resctrlJoins: resctrlJoins(config),
      namespaces,
      openedSources: new Set(sourcesToOpen(runtime, config, namespaces).map(({ index }) => index)),
      options,
    }),
  );
}

/** The class of service, and its monitoring group. */
function resctrlJoins({ linux }: Config): number {
  if (linux?.intelRdt === undefined) return 0;
  return linux.intelRdt.enableMonitoring === true ? 2 : 1;
}
