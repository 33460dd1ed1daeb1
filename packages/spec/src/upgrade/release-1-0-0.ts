import type { Draft } from "./draft.ts";

/**
 * ChangeLog of 1.0.0-rc5: "`process.capabilities` is now an object instead of an array of strings
 * (#675)".
 *
 * The list went into every set. The inheritable set is left empty all the same: nothing in a
 * container needs it, and it lets programs regain what was dropped (CVE-2022-24769).
 */
export function splitCapabilities(draft: Draft): void {
  const process = draft.object("process");
  const list = process?.["capabilities"];
  if (process !== undefined && Array.isArray(list)) {
    process["capabilities"] = { bounding: [...list], effective: [...list], permitted: [...list] };
    draft.note(
      ["process", "capabilities"],
      "Made the sets bounding, effective and permitted of the list",
    );
  }
}

/** ChangeLog of 1.0.0-rc5: "`linux.seccomp.syscalls` entries have `names` instead of `name` (#657)". */
export function renameSyscallName(draft: Draft): void {
  for (const [index, rule] of draft.objects("linux", "seccomp", "syscalls")) {
    if (typeof rule["name"] === "string" && rule["names"] === undefined) {
      rule["names"] = [rule["name"]];
      delete rule["name"];
      draft.note(["linux", "seccomp", "syscalls", index, "name"], "Made the list names of it");
    }
  }
}

/** ChangeLog of 1.0.0-rc6: "config: Remove 'platform' (#850)". */
export function removePlatform(draft: Draft): void {
  draft.remove(["platform"], "Removed: the platform is that of the machine");
}

/** ChangeLog of 1.0.0-rc6: "Shift oomScoreAdj to process (#781, #789, #836)". */
export function moveOomScoreAdj(draft: Draft): void {
  draft.move(["linux", "resources", "oomScoreAdj"], ["process", "oomScoreAdj"]);
}

/** ChangeLog of 1.0.0-rc6: "Drop redundant 'blkio' prefix from blockIO properties (#860)". */
export function dropBlkioPrefix(draft: Draft): void {
  const path = ["linux", "resources", "blockIO"] as const;
  for (const key of Object.keys(draft.object(...path) ?? {})) {
    const rest = /^blkio([A-Z].*)$/.exec(key)?.[1];
    if (rest !== undefined) {
      draft.move([...path, key], [...path, `${rest[0]?.toLowerCase()}${rest.slice(1)}`]);
    }
  }
}

const limits = {
  memory: ["limit", "reservation", "swap", "kernel", "kernelTCP"],
  cpu: ["quota", "realtimeRuntime"],
} as const;

/**
 * ChangeLog of 1.0.0-rc6: "Make memory limits int64 instead of uint64 (#876)". Unlimited was the
 * largest unsigned number and is -1.
 */
export function signLimits(draft: Draft): void {
  for (const [controller, keys] of Object.entries(limits)) {
    const object = draft.object("linux", "resources", controller);
    for (const key of keys) {
      const limit = object?.[key];
      if (object !== undefined && typeof limit === "number" && limit >= 2 ** 63) {
        object[key] = -1;
        draft.note(["linux", "resources", controller, key], "Made -1, unlimited, of it");
      }
    }
  }
}

/** ChangeLog of 1.0.0-rc6: "Require strictly-positive 'timeout' values (#764)". */
export function removeIdleTimeouts(draft: Draft): void {
  for (const name of Object.keys(draft.object("hooks") ?? {})) {
    for (const [index, hook] of draft.objects("hooks", name)) {
      if (typeof hook["timeout"] === "number" && hook["timeout"] <= 0) {
        draft.remove(["hooks", name, index, "timeout"], "Removed: it stood for no timeout");
      }
    }
  }
}

/** ChangeLog of 1.0.0-rc6: "config-linux: Remove syscall.comment (#714)". */
export function removeSyscallComments(draft: Draft): void {
  for (const [index] of draft.objects("linux", "seccomp", "syscalls")) {
    draft.remove(["linux", "seccomp", "syscalls", index, "comment"], "Removed: it had no effect");
  }
}

/** ChangeLog of 1.0.0-rc6: "config-windows: Change CPU 'percent' to 'maximum' (#777)". */
export function renameWindowsCpuPercent(draft: Draft): void {
  const cpu = draft.object("windows", "resources", "cpu");
  if (cpu !== undefined && typeof cpu["percent"] === "number") {
    cpu["maximum"] ??= cpu["percent"] * 100;
    delete cpu["percent"];
    draft.note(["windows", "resources", "cpu", "percent"], "Made maximum of it, in 1/100 percent");
  }
}

/**
 * ChangeLog of 1.0.0-rc6: "config-windows: Remove memory 'reservation' (#788)" and "Remove
 * 'resources.network' (#801)".
 */
export function removeWindowsResources(draft: Draft): void {
  const resources = ["windows", "resources"] as const;
  draft.remove([...resources, "memory", "reservation"], "Removed: Windows has no such limit");
  draft.remove([...resources, "network"], "Removed: Windows has no such limit");
}

/** ChangeLog of 1.0.0: "Shift disableOOMKiller from linux.resources to linux.resources.memory (#896)". */
export function moveDisableOomKiller(draft: Draft): void {
  const resources = ["linux", "resources"] as const;
  draft.move([...resources, "disableOOMKiller"], [...resources, "memory", "disableOOMKiller"]);
}
