import { checkConfig, isKnownConfig } from "../check.ts";
import type { Config } from "../config/config.ts";
import { configShape } from "../config/config-shape.ts";
import { ContainerError } from "../error.ts";
import { Draft, isDraftObject, type UpgradeChange } from "./draft.ts";
import { removeNulls, spellFieldNames } from "./go-json.ts";
import {
  parseDeviceLines,
  removeUnsetLimits,
  renameClassId,
  renameThrottles,
} from "./release-0-2-0.ts";
import {
  addCwd,
  mergeRuntimeDocument,
  parseClassId,
  renameMountPoints,
  renameVersion,
  separateDeviceRules,
} from "./release-0-3-0.ts";
import {
  moveToProcess,
  removeEmptyNames,
  removeEmptySeccomp,
  spellDeviceTypes,
} from "./release-0-4-0.ts";
import {
  addUserIds,
  dropBlkioPrefix,
  makeDestinationsAbsolute,
  makeMaskedPathsAbsolute,
  moveDisableOomKiller,
  moveOomScoreAdj,
  removeEmptySolaris,
  removeIdleTimeouts,
  removeNamelessAnnotation,
  removePlatform,
  removePosixFromWindows,
  removeRepeatedRlimits,
  removeSyscallComments,
  removeUnlimitedHugepages,
  removeUnsetSwappiness,
  removeWindowsResources,
  removeZeroConsoleSize,
  renameSyscallName,
  renameWindowsCpuPercent,
  signLimits,
  splitCapabilities,
} from "./release-1-0-0.ts";
import { compareVersions, isVersion } from "./versions.ts";

/** The version whose form an upgraded configuration has; every runtime of version 1 takes it. */
const target = "1.0.0";

/** The steps by the release that changed the form, oldest first. */
const releases: readonly (readonly [string, readonly ((draft: Draft) => void)[]])[] = [
  ["0.2.0", [renameThrottles, parseDeviceLines, renameClassId, removeUnsetLimits]],
  ["0.3.0", [renameMountPoints, renameVersion, addCwd, parseClassId, separateDeviceRules]],
  ["0.4.0", [moveToProcess, spellDeviceTypes, removeEmptyNames]],
  ["0.5.0", [removeEmptySeccomp]],
  ["1.0.0-rc1", [addUserIds]],
  ["1.0.0-rc2", [removeEmptySolaris]],
  ["1.0.0-rc3", [makeDestinationsAbsolute, makeMaskedPathsAbsolute]],
  ["1.0.0-rc4", [removeRepeatedRlimits, removeNamelessAnnotation]],
  ["1.0.0-rc5", [splitCapabilities, renameSyscallName, removeUnlimitedHugepages]],
  [
    "1.0.0-rc6",
    [
      removePosixFromWindows,
      removeZeroConsoleSize,
      removePlatform,
      moveOomScoreAdj,
      dropBlkioPrefix,
      signLimits,
      removeUnsetSwappiness,
      removeIdleTimeouts,
      removeSyscallComments,
      renameWindowsCpuPercent,
      removeWindowsResources,
    ],
  ],
  ["1.0.0", [moveDisableOomKiller]],
];

/** Options of {@linkcode upgradeConfig}. */
export interface UpgradeOptions {
  /** The parsed `runtime.json` that stood beside `config.json` before 0.3.0. */
  readonly runtime?: unknown;
}

/** What {@linkcode upgradeConfig} returns. */
export interface UpgradedConfig {
  /** The configuration in its current form. */
  readonly config: Config;
  /** What was changed, in the order in which it was done; empty for a current document. */
  readonly changes: readonly UpgradeChange[];
}

/**
 * Makes a current configuration of one that any published specification from 0.1 on describes, and
 * says what it changed. The value itself is left as it is; one that needs no change is returned.
 *
 * As programs in Go have it, runc among them, nulls count as absent in every version, and names are taken in
 * any case: `pagesize` for `pageSize`. Any other form is changed only in documents whose `ociVersion` is older than
 * the release that changed it.
 *
 * What a current configuration must say and an early one did not is not made up: one with a section for
 * Windows from before 1.0.0-rc6 has no `layerFolders`, and is refused.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` as {@linkcode checkConfig} does, with
 * pointers into the upgraded document.
 *
 * @example
 * ```ts
 * import { upgradeConfig } from "@ctr/spec";
 *
 * const { config, changes } = upgradeConfig({
 *   ociVersion: "0.4.0",
 *   platform: { os: "linux", arch: "amd64" },
 *   process: { cwd: "/", args: ["sh"], capabilities: ["CAP_KILL"] },
 *   root: { path: "rootfs" },
 * });
 * console.log(config.process?.capabilities?.bounding); // ["CAP_KILL"]
 * console.log(changes[1]?.pointer, changes[1]?.version); // "/platform" "1.0.0-rc6"
 * ```
 */
export function upgradeConfig(value: unknown, options: UpgradeOptions = {}): UpgradedConfig {
  const version = versionOf(value);
  refuseUnpublished(value, version);
  const isOld = version.startsWith("0.") || version.startsWith("1.0.0-");
  if (!isOld && isKnownConfig(value)) {
    return { config: value, changes: [] };
  }
  if (!isDraftObject(value)) {
    return { config: checkConfig(value), changes: [] };
  }
  const draft = new Draft(structuredClone(value));
  removeNulls(draft);
  if (isOld) {
    runSteps(draft, version, options);
  }
  spellFieldNames(draft, configShape());
  const { changes } = draft;
  return { config: checkConfig(changes.length === 0 ? value : draft.value), changes };
}

function runSteps(draft: Draft, version: string, options: UpgradeOptions): void {
  if (compareVersions(version, "0.3.0") < 0) {
    draft.setVersion("0.3.0");
    mergeRuntimeDocument(draft, structuredClone(options.runtime));
    removeNulls(draft);
  }
  const form = formOf(version);
  for (const [release, steps] of releases) {
    if (compareVersions(form, release) < 0) {
      draft.setVersion(release);
      for (const step of steps) {
        step(draft);
      }
    }
  }
  draft.setVersion(target);
  draft.value["ociVersion"] = target;
  draft.note(["ociVersion"], `Set from ${version} to ${target}`);
}

/**
 * Returns the version whose form a document has. runc 0.0.5 and 0.0.6 wrote that of 0.1.1 under the
 * version 0.2.0, which was yet to come.
 */
function formOf(version: string): string {
  return version === "0.2.0" ? "0.1.1" : version;
}

/** Refuses what there was before 0.1.0: its drafts were published by no one, and called `pre-draft`. */
function refuseUnpublished(value: unknown, version: string): void {
  const isEarly = isDraftObject(value) && value["ociVersion"] === undefined && version !== "";
  if (isEarly && !isVersion(version)) {
    throw new ContainerError(
      `Cannot upgrade this configuration: its version ${JSON.stringify(version)} is that of no ` +
        "published specification",
      {
        code: "ERR_INVALID_CONFIG",
        kind: "invalid",
        pointer: "/version",
        hint: "The oldest form that is known is that of 0.1.0.",
      },
    );
  }
}

function versionOf(value: unknown): string {
  const object = isDraftObject(value) ? value : {};
  const version = object["ociVersion"] ?? object["version"];
  return typeof version === "string" ? version : "";
}
