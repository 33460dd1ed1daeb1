import { assertShape } from "./assert-shape.ts";
import type { Config } from "./config/config.ts";
import { configShape, linuxResourcesShape, processShape } from "./config/config-shape.ts";
import { fitsConfig, fitsProcess } from "./config/fits-config.ts";
import type { LinuxResources } from "./config/linux/resources/resources.ts";
import type { Process } from "./config/process.ts";
import type { Features } from "./features.ts";
import { featuresShape } from "./features-shape.ts";
import type { Problem } from "./problem.ts";
import { findShapeProblems } from "./shape.ts";
import type { State } from "./state.ts";
import { stateShape } from "./state-shape.ts";
import { isPlainConfig } from "./validate/plain-config.ts";

/**
 * Returns a configuration as it was given, once every field that the specification knows is of the
 * right type and form. It accepts what the published JSON schema accepts, and needs no zod.
 *
 * Fields that are `undefined` count as absent; unknown fields are kept and not looked at. Nulls
 * and the forms of specifications before 1.0.0 are for {@linkcode upgradeConfig}.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG`, a {@linkcode SpecError} that lists every
 * problem with its JSON pointer, what was found and what is allowed.
 *
 * @example
 * ```ts
 * import { checkConfig } from "@ctr/spec";
 *
 * const config = checkConfig(JSON.parse('{"ociVersion": "1.3.0", "process": {"cwd": "/"}}'));
 * console.log(config.process?.cwd); // "/"
 * ```
 */
export function checkConfig(value: unknown): Config {
  if (!isKnownConfig(value)) {
    assertShape<Config>(value, configShape, "configuration", "ERR_INVALID_CONFIG");
  }
  return value;
}

/** Whether `value` is a configuration in which every field is one of the specification's; quicker than to find what is not. */
export function isKnownConfig(value: unknown): value is Config {
  return isPlainConfig(value) || fitsConfig(value);
}

/**
 * Returns everything in which `value` is not a configuration, in the order of the document.
 *
 * @see {@linkcode checkConfig}
 */
export function findConfigProblems(value: unknown): readonly Problem[] {
  return fitsConfig(value) ? [] : findShapeProblems(value, configShape());
}

/**
 * As {@linkcode checkConfig} for a process alone, such as the `process.json` of `exec`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_PROCESS`.
 */
export function checkProcess(value: unknown): Process {
  if (!fitsProcess(value)) {
    assertShape<Process>(value, processShape, "process", "ERR_INVALID_PROCESS");
  }
  return value;
}

/**
 * As {@linkcode checkConfig} for resources alone, such as those of `update`.
 *
 * @throws {ContainerError} with code `ERR_INVALID_RESOURCES`.
 */
export function checkLinuxResources(value: unknown): LinuxResources {
  assertShape<LinuxResources>(value, linuxResourcesShape, "resources", "ERR_INVALID_RESOURCES");
  return value;
}

/**
 * As {@linkcode checkConfig} for a container's state. Statuses beyond the specification's, such as
 * runc's `paused`, are refused.
 *
 * @throws {ContainerError} with code `ERR_INVALID_STATE`.
 */
export function checkState(value: unknown): State {
  assertShape<State>(value, stateShape, "state", "ERR_INVALID_STATE");
  return value;
}

/**
 * As {@linkcode checkConfig} for a runtime's features.
 *
 * @throws {ContainerError} with code `ERR_INVALID_FEATURES`.
 */
export function checkFeatures(value: unknown): Features {
  assertShape<Features>(value, featuresShape, "features document", "ERR_INVALID_FEATURES");
  return value;
}
