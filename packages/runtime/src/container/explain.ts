/** What a container's first process would do, before anything is done. */

import { type Config, ContainerError } from "@ctr/spec";
import { Cgroup, detectCgroupLayout } from "../cgroups/index.ts";
import { placeInHierarchy } from "../cgroups/place.ts";
import { planCreate } from "../init/create.ts";
import { planNamespaces } from "../init/namespaces.ts";
import type { Program } from "../program/step.ts";
import { openBundle } from "./bundle.ts";
import { createInput } from "./create-input.ts";
import type { CreateOptions } from "./create-options.ts";
import { sourcesToOpen } from "./mount-sources.ts";
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
  const runtime = runtimeOf(options);
  const bundle = openBundle(runtime.kernel, options.bundle, options.config);
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
  const cgroup = cgroupToBe(runtime, config, id);
  return planCreate(
    createInput(runtime, {
      id,
      bundle,
      process: config.process,
      cgroup,
      cgroupJoins: cgroup.mode === "v2" ? 0 : new Set(Object.values(cgroup.paths)).size,
      namespaces,
      openedSources: new Set(sourcesToOpen(config, namespaces).map(({ index }) => index)),
      options,
    }),
  );
}

function cgroupToBe({ kernel }: Runtime, config: Config, id: string): Cgroup {
  const layout = detectCgroupLayout(kernel);
  const wanted = config.linux?.cgroupsPath ?? "";
  const paths = layout.hierarchies.flatMap((hierarchy) => {
    const path = placeInHierarchy(hierarchy, layout.mode, wanted === "" ? id : wanted);
    return hierarchy.controllers.map((controller): [string, string] => [controller, path]);
  });
  return new Cgroup(kernel, layout.mode, Object.fromEntries(paths), layout);
}
