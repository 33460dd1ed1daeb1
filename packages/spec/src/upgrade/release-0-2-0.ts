/**
 * What 0.2.0 changed. The ChangeLog has these notes under "v0.1.0": its last two headings are the
 * wrong way round.
 *
 * @module
 */

import type { Draft, DraftObject } from "./draft.ts";

const throttles = {
  blkioThrottleReadIopsDevice: "blkioThrottleReadIOPSDevice",
  blkioThrottleWriteIopsDevice: "blkioThrottleWriteIOPSDevice",
} as const;

/** ChangeLog of 0.2.0: "runtime: config: linux: Edit BlockIO struct". */
export function renameThrottles(draft: Draft): void {
  const path = ["linux", "resources", "blockIO"] as const;
  for (const [from, to] of Object.entries(throttles)) {
    draft.move([...path, from], [...path, to]);
  }
}

/** As {@linkcode renameThrottles}: lines such as `8:0 600` became objects. */
export function parseDeviceLines(draft: Draft): void {
  const path = ["linux", "resources", "blockIO"] as const;
  const blockIo = draft.object(...path);
  for (const [key, value] of Object.entries(blockIo ?? {})) {
    if (blockIo !== undefined && /^blkio.+Device$/.test(key) && typeof value === "string") {
      const field = key === "blkioWeightDevice" ? "weight" : "rate";
      blockIo[key] = parseLines(value, field);
      draft.note([...path, key], "Made a list of objects of its lines");
    }
  }
}

function parseLines(text: string, field: string): readonly DraftObject[] {
  const lines = text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+):(\d+)\s+(\d+)\s*$/.exec(line);
    return match === null ? [] : [match.slice(1).map(Number)];
  });
  return lines.map(([major, minor, value]) => ({ major, minor, [field]: value }));
}

/** ChangeLog of 0.2.0: "Fix typo"; the Go field and the example disagreed. */
export function renameClassId(draft: Draft): void {
  const path = ["linux", "resources", "network"] as const;
  draft.move([...path, "classId"], [...path, "classID"]);
}

/**
 * ChangeLog of 0.2.0: "Make optional Cgroup related config params pointers along with omitempty json
 * tag". Until then 0 and "" stood for "not set"; of swappiness -1 did, since 0 is one.
 */
export function removeUnsetLimits(draft: Draft): void {
  for (const controller of Object.keys(draft.object("linux", "resources") ?? {})) {
    const path = ["linux", "resources", controller] as const;
    const limits = draft.object(...path);
    for (const [key, value] of Object.entries(limits ?? {})) {
      if (isUnset(key, value)) {
        draft.remove([...path, key], `Removed: ${JSON.stringify(value)} stood for "not set"`);
      }
    }
    if (limits !== undefined && Object.keys(limits).length === 0) {
      draft.remove(path, "Removed: it limits nothing");
    }
  }
}

function isUnset(key: string, value: unknown): boolean {
  return value === "" || value === (key === "swappiness" ? -1 : 0);
}
