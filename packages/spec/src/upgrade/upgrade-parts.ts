import { checkLinuxResources, checkProcess } from "../check.ts";
import { linuxResourcesShape, processShape } from "../config/config-shape.ts";
import type { LinuxResources } from "../config/linux/resources/resources.ts";
import type { Process } from "../config/process.ts";
import type { Shape } from "../shape.ts";
import { Draft, isDraftObject } from "./draft.ts";
import { removeNulls, spellFieldNames } from "./go-json.ts";

/**
 * Makes a current process of one as programs in Go write it and read it, such as the `process.json` of `exec`: nulls count
 * as absent, and names are taken in any case. The value itself is left as it is.
 *
 * @throws {ContainerError} with code `ERR_INVALID_PROCESS` as {@linkcode checkProcess} does.
 *
 * @example
 * ```ts
 * import { upgradeProcess } from "@ctr/spec";
 *
 * const shell = upgradeProcess({ cwd: "/", args: ["sh"], env: null, NoNewPrivileges: true });
 * console.log(shell.noNewPrivileges, "env" in shell); // true false
 * ```
 */
export function upgradeProcess(value: unknown): Process {
  return checkProcess(upgraded(value, processShape()));
}

/**
 * As {@linkcode upgradeProcess} for resources alone, such as those of `update`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_RESOURCES` as {@linkcode checkLinuxResources} does.
 */
export function upgradeLinuxResources(value: unknown): LinuxResources {
  return checkLinuxResources(upgraded(value, linuxResourcesShape()));
}

function upgraded(value: unknown, shape: Shape): unknown {
  if (!isDraftObject(value)) return value;
  const draft = new Draft(structuredClone(value));
  removeNulls(draft);
  spellFieldNames(draft, shape);
  return draft.value;
}
