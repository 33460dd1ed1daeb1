import {
  arePlainLimits,
  arePlainMountsAndNamespaces,
  type Glance,
  isPlainDocument,
  isPlainProcess,
} from "./plain-config.ts";
import type { Rule, RuleGroup } from "./rule.ts";
import { annotationRules } from "./rules/annotations.ts";
import { capabilityRules } from "./rules/capabilities.ts";
import { deviceRules } from "./rules/devices.ts";
import { documentRules } from "./rules/document.ts";
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

/** Rules, and a glance that often tells that none of them has anything to say. */
export interface RuleSection {
  /** Only for Linux and runtimes of unknown features. */
  readonly isPlain: Glance;
  readonly groups: readonly (readonly RuleGroup[])[];
}

/** The rules by the part of a configuration that they are about, so that few need to be looked at. */
export const ruleSections: readonly RuleSection[] = [
  {
    isPlain: isPlainDocument,
    groups: [
      ...[documentRules, versionRules, rootRules, platformRules],
      ...[deviceRules, resourceRules, linuxRules, seccompRules],
    ],
  },
  { isPlain: arePlainMountsAndNamespaces, groups: [mountRules, namespaceRules, idMappingRules] },
  { isPlain: isPlainProcess, groups: [processRules, hookRules, annotationRules] },
  { isPlain: arePlainLimits, groups: [capabilityRules, limitRules] },
];

/** Every rule of the specification's prose that can be checked by looking at a configuration. */
export const configRules: readonly Rule[] = /* @__PURE__ */ ruleSections.flatMap(({ groups }) =>
  groups.flat().flatMap(({ rules }) => rules()),
);
