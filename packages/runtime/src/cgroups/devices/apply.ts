import { ContainerError, type LinuxDeviceCgroup } from "@ctr/spec";
import { readTextIfExists } from "../../kernel/file.ts";
import { type Kernel, SystemCallError } from "../../kernel/kernel.ts";
import { reasonOf } from "../../kernel/system-call-error.ts";
import { ControlFiles } from "../control-files.ts";
import type { CgroupPaths } from "../limits/apply.ts";
import { attachDeviceRules } from "./attach.ts";
import { type DeviceRule, deviceRules } from "./rule.ts";
import { buildRuleSet, parseRuleSet, sameRules, transition } from "./rule-set.ts";

/**
 * Lets the processes of a new cgroup use only the devices that the rules allow.
 *
 * In a user namespace that is not the first nothing is done: the kernel allows no device rules there, and its processes
 * cannot make device files either. Without privileges (`rootless`) it is tried.
 *
 * @throws {ContainerError} names the rule or the field
 */
export function applyDevices(
  kernel: Kernel,
  paths: CgroupPaths,
  version: 1 | 2,
  configured: readonly LinuxDeviceCgroup[],
  rootless: boolean,
): void {
  const rules = deviceRules(configured);
  if (inUserNamespace(kernel)) return;
  try {
    if (version === 1) applyDevicesV1(new ControlFiles(kernel, paths["devices"], "devices"), rules);
    else if (paths[""] !== undefined) attachDeviceRules(kernel, paths[""], rules);
  } catch (error) {
    if (!rootless) throw error;
  }
}

function applyDevicesV1(files: ControlFiles, rules: readonly DeviceRule[]): void {
  if (files.directory === undefined) throw noDevicesController();
  const target = buildRuleSet(rules);
  for (const { file, text } of transition(parseRuleSet(files.read("devices.list")), target)) {
    try {
      files.put(file, text);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      const verb = file === "devices.allow" ? "allow" : "deny";
      throw new ContainerError(
        `Cannot ${verb} the device ${text} (linux.resources.devices): ${reasonOf(error)} from ${files.directory}/${file}`,
        {
          code: "ERR_CGROUP_LIMIT",
          kind: error.errno === "EINVAL" ? "invalid" : "forbidden",
          pointer: "/linux/resources/devices",
          hint: "A cgroup may allow no device that its parent does not allow",
          cause: error,
        },
      );
    }
  }
  if (sameRules(parseRuleSet(files.read("devices.list")), target)) return;
  throw new ContainerError(
    "Cannot set the device rules (linux.resources.devices): the kernel took others than it was given",
    { code: "ERR_CGROUP_LIMIT", kind: "internal", pointer: "/linux/resources/devices" },
  );
}

function noDevicesController(): ContainerError {
  return new ContainerError(
    "Cannot set the device rules (linux.resources.devices): the container has no cgroup with the devices controller",
    {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
      pointer: "/linux/resources/devices",
      hint: "Mount the devices controller: a container without device rules could use every device of the machine",
    },
  );
}

/** In the first user namespace all ids are mapped to themselves. */
export function inUserNamespace(kernel: Kernel): boolean {
  const map = readTextIfExists(kernel, "/proc/self/uid_map")?.trim().split(/\s+/);
  return map !== undefined && map.join(" ") !== "0 0 4294967295";
}
