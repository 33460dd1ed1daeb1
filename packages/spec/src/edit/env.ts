import type { Config } from "../config/config.ts";
import { editError, editProcess, processOf } from "./parts.ts";

/**
 * Returns a configuration whose process has an environment variable: in the place of the first one of
 * that name, since programs disagree about which of several counts, else at the end.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for a name that is empty or has `=`, for zero
 * bytes, and without a process.
 *
 * @example
 * ```ts
 * import { defaultConfig, withEnv } from "@ctr/spec";
 *
 * const config = withEnv(defaultConfig(), "TERM", "dumb");
 * console.log(config.process?.env?.[1]); // "TERM=dumb"
 * ```
 */
export function withEnv(config: Config, name: string, value: string): Config {
  if (name === "" || name.includes("=") || `${name}${value}`.includes("\0")) {
    throw editError(
      `Cannot set the environment variable ${JSON.stringify(name)}: ` +
        "a name has at least one character and no =, and nothing has zero bytes",
      "/process/env",
    );
  }
  const env = processOf(config).env ?? [];
  const place = env.findIndex((entry) => isOf(entry, name));
  const others = env.filter((entry) => !isOf(entry, name));
  const at = place === -1 ? others.length : place;
  return editProcess(config, { env: others.toSpliced(at, 0, `${name}=${value}`) });
}

/**
 * Returns a configuration whose process lacks an environment variable.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` without a process.
 */
export function withoutEnv(config: Config, name: string): Config {
  const { env = [] } = processOf(config);
  const kept = env.filter((entry) => !isOf(entry, name));
  return kept.length === env.length ? config : editProcess(config, { env: kept });
}

function isOf(entry: string, name: string): boolean {
  return entry.startsWith(`${name}=`);
}
