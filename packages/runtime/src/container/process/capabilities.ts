/** Capabilities that a process is to have and that can be given. @see config.md, "Linux Process", `capabilities` */

import {
  type Capabilities,
  type CapabilityName,
  capabilityNames,
  capabilitySets,
  type Process,
} from "@ctr/spec";
import { inspectHost } from "../host.ts";
import type { Runtime } from "../runtime-options.ts";

/**
 * Leaves out capabilities that the kernel does not know or that we cannot give, and warns of them: the specification does
 * not want a container to fail for that. The kernel gives ambient ones only that are permitted and inheritable, too.
 *
 * @param process as it is configured
 * @param origin JSON pointer of the process
 * @param hasUserNamespace whether it runs in a user namespace, whose root has all
 */
export function withGrantedCapabilities(
  { kernel, warn }: Runtime,
  process: Process,
  origin: string,
  hasUserNamespace: boolean,
): Process {
  const { capabilities } = process;
  if (capabilities === undefined) return process;
  const ambient = (capabilities.ambient ?? []).flatMap((name) => {
    const lacking = (["permitted", "inheritable"] as const).filter(
      (set) => capabilities[set]?.includes(name) !== true,
    );
    // runc's words, which programs look for.
    return lacking.length === 0
      ? []
      : [`can't raise ambient capability ${name}: it is not ${lacking.join(" and not ")}`];
  });
  if (ambient.length > 0) {
    warn(`Cannot grant all of ${origin}/capabilities/ambient: ${ambient.join("; ")}`);
  }
  const { lastCapability, boundingCapabilities } = inspectHost(kernel);
  const number = (name: string): number => capabilityNames.indexOf(name as CapabilityName);
  const canGrant = (name: string): boolean => {
    const bit = number(name);
    if (bit < 0 || bit > lastCapability) return false;
    return hasUserNamespace || ((boundingCapabilities >> BigInt(bit)) & 1n) === 1n;
  };
  const wanted = new Set(capabilitySets.flatMap((set) => capabilities[set] ?? []));
  const refused = [...wanted].filter((name) => !canGrant(name));
  if (refused.length === 0) return process;
  warn(
    `Cannot grant ${refused.join(", ")} (${origin}/capabilities): the runtime does not have it, or the kernel does not know it`,
  );
  const granted = capabilitySets.flatMap((set): [string, string[]][] => {
    const names = capabilities[set];
    return names === undefined ? [] : [[set, names.filter(canGrant)]];
  });
  const remaining: Capabilities = Object.fromEntries(granted);
  return { ...process, capabilities: remaining };
}
