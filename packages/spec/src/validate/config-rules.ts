import type { Rule, RuleGroup } from "./rule.ts";
import { annotationRules } from "./rules/annotations.ts";
import { capabilityRules } from "./rules/capabilities.ts";
import { deviceRules } from "./rules/devices.ts";
import { hookRules } from "./rules/hooks.ts";
import { idMappingRules } from "./rules/id-mappings.ts";
import { limitRules } from "./rules/limits.ts";
import { linuxRules } from "./rules/linux.ts";
import { mountRules } from "./rules/mounts.ts";
import { namespaceRules } from "./rules/namespaces.ts";
import { platformRules } from "./rules/platforms.ts";
import { processRules } from "./rules/process.ts";
import { resourceRules } from "./rules/resources.ts";
import { rootRules } from "./rules/root.ts";
import { seccompRules } from "./rules/seccomp.ts";
import { versionRules } from "./rules/version.ts";

/** The rules by the part of a configuration that they are about, so that few need to be looked at. */
export const ruleGroups: readonly RuleGroup[] = [
  ...versionRules,
  ...rootRules,
  ...mountRules,
  ...processRules,
  ...capabilityRules,
  ...limitRules,
  ...hookRules,
  ...annotationRules,
  ...namespaceRules,
  ...idMappingRules,
  ...deviceRules,
  ...resourceRules,
  ...linuxRules,
  ...seccompRules,
  ...platformRules,
];

/** Every rule of the specification's prose that can be checked by looking at a configuration. */
export const configRules: readonly Rule[] = /* @__PURE__ */ ruleGroups.flatMap(({ rules }) =>
  rules(),
);
