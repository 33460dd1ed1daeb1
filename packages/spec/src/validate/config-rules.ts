import type { Config } from "../config/config.ts";
import {
  areAll,
  arePlainLimits,
  arePlainNamespaces,
  isPlainLinux,
  isPlainMount,
  isPlainPath,
  isPlainProcess,
  isPlainRoot,
  isPublishedVersion,
} from "./plain-config.ts";
import type { Rule, RuleGroup } from "./rule.ts";
import { annotationRules } from "./rules/annotations.ts";
import { capabilityRules } from "./rules/capabilities.ts";
import { deviceRules } from "./rules/devices.ts";
import { documentRules, hasNoZeroByte } from "./rules/document.ts";
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
  readonly isPlain: (config: Config) => boolean;
  readonly groups: () => readonly RuleGroup[];
}

/**
 * Returns the rules by the part of a configuration that they are about, so that few need to be made and looked at: those of
 * the sections that are not plain.
 */
export function ruleSections(): readonly RuleSection[] {
  return [
    {
      isPlain: isPlainDocument,
      groups: () => [
        ...documentRules(),
        ...versionRules(),
        ...rootRules(),
        ...platformRules(),
        ...deviceRules(),
        ...resourceRules(),
        ...linuxRules(),
        ...seccompRules(),
      ],
    },
    {
      isPlain: arePlainMountsAndNamespaces,
      groups: () => [...mountRules(), ...namespaceRules(), ...idMappingRules()],
    },
    {
      isPlain: ({ process, annotations, hooks }) =>
        (annotations ?? hooks) === undefined && isPlainProcess(process),
      groups: () => [...processRules(), ...hookRules(), ...annotationRules()],
    },
    {
      isPlain: ({ process = {} }) =>
        !("ioPriority" in process || "scheduler" in process) && arePlainLimits(process),
      groups: () => [...capabilityRules(), ...limitRules()],
    },
  ];
}

/** The version, the root, texts and paths wherever they are, and the sections of the platforms. */
function isPlainDocument(config: Config): boolean {
  const { ociVersion, root, process, linux = {}, windows, solaris, freebsd, zos, vm } = config;
  const ofOthers =
    windows ?? solaris ?? freebsd ?? zos ?? vm ?? process?.commandLine ?? process?.user?.username;
  const ruled =
    linux.devices ??
    linux.netDevices ??
    linux.cgroupsPath ??
    linux.sysctl ??
    linux.personality ??
    linux.intelRdt ??
    linux.memoryPolicy ??
    linux.seccomp;
  return (
    (ofOthers ?? ruled) === undefined &&
    isPublishedVersion(ociVersion) &&
    isPlainRoot(root) &&
    isPlainPath(process?.cwd ?? "/") &&
    isPlainLinux(linux) &&
    hasNoZeroByte(config)
  );
}

/** Namespaces, what is in them, and the mapping of ids. */
function arePlainMountsAndNamespaces(config: Config): boolean {
  const { mounts = [], linux = {} } = config;
  return (
    (linux.timeOffsets ?? linux.uidMappings ?? linux.gidMappings) === undefined &&
    areAll(mounts, isPlainMount) &&
    arePlainNamespaces(linux.namespaces, config)
  );
}

/** Every rule of the specification's prose that can be checked by looking at a configuration. */
export const configRules: readonly Rule[] = /* @__PURE__ */ ruleSections().flatMap(({ groups }) =>
  groups().flatMap(({ rules }) => rules()),
);
