import {
  type Capabilities,
  type CapabilityName,
  capabilityNames,
  capabilitySets,
} from "../config/capabilities.ts";
import type { Config } from "../config/config.ts";
import { suggest } from "../suggest.ts";
import { editError, editProcess, processOf } from "./parts.ts";

/**
 * Returns a configuration whose process has more capabilities.
 *
 * They go into the bounding, effective and permitted sets. When the process does not run as root,
 * they go into the inheritable and ambient ones too, since execve takes all others from such a user.
 * For root the inheritable set is left alone: nothing needs it there, and it would let programs
 * regain what they dropped (CVE-2022-24769).
 *
 * @param names as in capabilities(7), in any case, with or without `CAP_`; `ALL` stands for all
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for an unknown name, with what was likely
 * meant as its hint, and without a process.
 *
 * @example
 * ```ts
 * import { minimalConfig, withCapabilities, withUser } from "@ctr/spec";
 *
 * const user = withUser(minimalConfig({ args: ["nginx"] }), { uid: 33, gid: 33 });
 * const config = withCapabilities(user, ["net_bind_service"]);
 * console.log(config.process?.capabilities?.ambient); // ["CAP_NET_BIND_SERVICE"]
 * ```
 */
export function withCapabilities(config: Config, names: readonly string[]): Config {
  const { capabilities = {}, user } = processOf(config);
  const added = names.flatMap(resolve);
  const isRoot = (user?.uid ?? 0) === 0;
  const sets = isRoot ? (["bounding", "effective", "permitted"] as const) : capabilitySets;
  const changed: Capabilities = Object.fromEntries(
    sets.map((set) => [set, [...new Set([...(capabilities[set] ?? []), ...added])]]),
  );
  return editProcess(config, { capabilities: { ...capabilities, ...changed } });
}

/**
 * Returns a configuration whose process lacks capabilities in each of the five sets: one that is left
 * in a single set can come back.
 *
 * @param names as {@linkcode withCapabilities} takes them
 * @throws {ContainerError} as {@linkcode withCapabilities} does.
 */
export function withoutCapabilities(config: Config, names: readonly string[]): Config {
  const { capabilities = {} } = processOf(config);
  const dropped: ReadonlySet<string> = new Set(names.flatMap(resolve));
  const changed: Capabilities = Object.fromEntries(
    capabilitySets.flatMap((set) => {
      const kept = capabilities[set]?.filter((name) => !dropped.has(name));
      return kept === undefined ? [] : [[set, kept]];
    }),
  );
  return editProcess(config, { capabilities: { ...capabilities, ...changed } });
}

function resolve(text: string): readonly CapabilityName[] {
  const upper = text.toUpperCase();
  if (upper === "ALL" || upper === "CAP_ALL") {
    return capabilityNames;
  }
  const name = capabilityNames.find((known) => known === upper || known === `CAP_${upper}`);
  if (name === undefined) {
    const meant = suggest(text, capabilityNames);
    throw editError(
      `Cannot use the capability ${JSON.stringify(text)}: there is none of this name`,
      "/process/capabilities",
      meant === undefined ? {} : { hint: `Did you mean ${meant}?` },
    );
  }
  return [name];
}
