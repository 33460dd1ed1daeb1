import { ContainerError, type LinuxDeviceCgroup } from "@ctr/spec";
import { type DeviceRule, deviceRules, formatRule } from "../devices/rule.ts";
import { buildRuleSet } from "../devices/rule-set.ts";
import type { UnitProperty } from "./property.ts";

/**
 * Returns the properties for device rules, so that systemd writes the same when it sets up the unit again.
 *
 * systemd knows only lists of what is allowed. Where the rules say otherwise, it is told to allow all: the rules that are
 * written to the cgroup itself hold beside that.
 */
export function propertiesOfDevices(
  configured: readonly LinuxDeviceCgroup[],
  systemd: number,
): UnitProperty[] {
  const allowed = listAllowed(deviceRules(configured));
  // systemd before 240 looks at the device files, which need not exist.
  if (allowed === undefined || systemd < 240) return policy("auto", []);
  return policy("strict", allowed);
}

function policy(name: string, allowed: readonly (readonly [string, string])[]): UnitProperty[] {
  return [
    { name: "DevicePolicy", signature: "s", value: name },
    // An empty list first: what is given after it is added to what is there.
    { name: "DeviceAllow", signature: "a(ss)", value: [] },
    ...(allowed.length === 0 ? [] : [{ name: "DeviceAllow", signature: "a(ss)", value: allowed }]),
  ];
}

function listAllowed(rules: readonly DeviceRule[]): [path: string, access: string][] | undefined {
  try {
    const { allowByDefault, exceptions } = buildRuleSet(rules);
    if (allowByDefault) return undefined;
    const entries = [...exceptions].map(([key, bits]): [string, string] | undefined => {
      const [type = "", numbers = ""] = key.split(" ");
      const path = devicePath(type === "b" ? "block" : "char", numbers);
      const letters = formatRule({ type: "a", major: -1, minor: -1, access: bits }).split(" ")[2];
      return path === undefined ? undefined : [path, letters ?? ""];
    });
    return entries.includes(undefined) ? undefined : entries.filter((entry) => entry !== undefined);
  } catch (error) {
    // Version 1 could not do that; version 2 can, by a program of its own.
    if (error instanceof ContainerError && error.code === "ERR_CGROUP_UNSUPPORTED")
      return undefined;
    throw error;
  }
}

/** @see systemd.resource-control(5), DeviceAllow= */
function devicePath(type: "block" | "char", numbers: string): string | undefined {
  const [major = "", minor = ""] = numbers.split(":");
  if (major === "*") return minor === "*" ? `${type}-*` : undefined;
  return minor === "*" ? `${type}-${major}` : `/dev/${type}/${major}:${minor}`;
}
