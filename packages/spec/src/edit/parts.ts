import type { Config } from "../config/config.ts";
import type { Linux } from "../config/linux/linux.ts";
import type { LinuxResources } from "../config/linux/resources/resources.ts";
import type { Process } from "../config/process.ts";
import { ContainerError, type ContainerErrorOptions } from "../error.ts";

/** Returns an error about an edit that would break a configuration. */
export function editError(
  message: string,
  pointer: string,
  options?: Pick<ContainerErrorOptions, "hint">,
): ContainerError {
  return new ContainerError(message, {
    ...options,
    code: "ERR_INVALID_CONFIG",
    kind: "invalid",
    pointer,
  });
}

/**
 * Returns the process of a configuration.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` when there is none to edit.
 */
export function processOf(config: Config): Process {
  if (config.process === undefined) {
    throw editError("Cannot edit the process: the configuration has none", "/process");
  }
  return config.process;
}

/** Returns a configuration with fields of its process replaced. */
export function editProcess(config: Config, fields: Partial<Process>): Config {
  return { ...config, process: { ...processOf(config), ...fields } };
}

/** Returns a configuration with fields of its section for Linux replaced. */
export function editLinux(config: Config, fields: Partial<Linux>): Config {
  return { ...config, linux: { ...config.linux, ...fields } };
}

/** Returns a configuration with fields of its resources replaced. */
export function editResources(config: Config, fields: Partial<LinuxResources>): Config {
  return editLinux(config, { resources: { ...config.linux?.resources, ...fields } });
}

/** Returns a value without some of its fields. */
export function omit<T extends object, K extends keyof T>(
  value: T,
  ...keys: readonly K[]
): Omit<T, K> {
  const rest = { ...value };
  for (const key of keys) {
    delete rest[key];
  }
  return rest;
}
