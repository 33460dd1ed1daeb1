import { type Draft, isDraftObject } from "./draft.ts";

/**
 * ChangeLog of 1.0.0-rc1: "specs-go/config: Remove incorrect omitempties for User.UID and User.GID,
 * #425". Until then 0 was left out.
 */
export function addUserIds(draft: Draft): void {
  const user = draft.object("process", "user");
  for (const key of ["uid", "gid"]) {
    if (user !== undefined && user[key] === undefined) {
      user[key] = 0;
      draft.note(["process", "user", key], "Added: 0 was left out");
    }
  }
}

/**
 * ChangeLog of 1.0.0-rc2: "specs-go/config: Make Linux and Solaris omitempty again (#502)". Documents
 * of rc1 have an empty section for Solaris.
 */
export function removeEmptySolaris(draft: Draft): void {
  const solaris = draft.object("solaris");
  const isEmpty = (value: unknown): boolean =>
    isDraftObject(value) && Object.values(value).every(isEmpty);
  if (isEmpty(solaris)) {
    draft.remove(["solaris"], "Removed: it was written whether or not there was something in it");
  }
}

/** ChangeLog of 1.0.0-rc3: "config: Require absolute paths for mount destinations (#609)". */
export function makeDestinationsAbsolute(draft: Draft): void {
  for (const [index, mount] of draft.objects("mounts")) {
    const path = mount["destination"];
    if (typeof path === "string" && path !== "" && !/^([/\\]|[a-z]:)/i.test(path)) {
      mount["destination"] = `/${path}`;
      draft.note(["mounts", index, "destination"], "Made absolute: it was taken from /");
    }
  }
}

/**
 * ChangeLog of 1.0.0-rc3: "config-linux: Require absolute path for maskedPaths and readonlyPaths
 * (#587)". They were used with / as the working directory.
 */
export function makeMaskedPathsAbsolute(draft: Draft): void {
  const linux = draft.object("linux");
  for (const key of ["maskedPaths", "readonlyPaths"]) {
    const paths = linux?.[key];
    for (const [index, path] of Array.isArray(paths) ? paths.entries() : []) {
      if (Array.isArray(paths) && typeof path === "string" && /^[^/]/.test(path)) {
        paths[index] = `/${path}`;
        draft.note(["linux", key, index], "Made absolute: it was taken from /");
      }
    }
  }
}

/** ChangeLog of 1.0.0-rc4: "config: Rlimit types must be unique (#607)". The last one counted. */
export function removeRepeatedRlimits(draft: Draft): void {
  const process = draft.object("process");
  const limits = draft.objects("process", "rlimits");
  const isLast = (index: number, type: unknown): boolean =>
    !limits.some(([other, limit]) => other > index && limit["type"] === type);
  const kept = limits.filter(([index, { type }]) => isLast(index, type));
  if (process !== undefined && kept.length < limits.length) {
    process["rlimits"] = kept.map(([, limit]) => limit);
    draft.note(["process", "rlimits"], "Removed limits that a later one of their type replaced");
  }
}

/** ChangeLog of 1.0.0-rc4: "config: Forbid empty-string keys in 'annotations' (#645, #654)". */
export function removeNamelessAnnotation(draft: Draft): void {
  draft.remove(["annotations", ""], "Removed: its key is empty");
}

/**
 * ChangeLog of 1.0.0-rc5: "No longer allow negative values for some resources, partially reversing
 * #648 from v1.0.0-rc4 (#704)". Of huge pages -1 meant no limit.
 */
export function removeUnlimitedHugepages(draft: Draft): void {
  const resources = draft.object("linux", "resources");
  const limits = draft.objects("linux", "resources", "hugepageLimits");
  const kept = limits.filter(([, { limit }]) => typeof limit !== "number" || limit >= 0);
  if (resources !== undefined && kept.length < limits.length) {
    resources["hugepageLimits"] = kept.map(([, limit]) => limit);
    draft.note(["linux", "resources", "hugepageLimits"], "Removed those of -1, no limit");
  }
}

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

/**
 * ChangeLog of 1.0.0-rc6: "process.capabilities and process.noNewPrivileges are Linux-only again
 * (#880)", "config: Remove process.rlimits from Windows (#880)" and "config: Remove 'hooks' from
 * Windows spec (#855, #869, #870)".
 */
export function removePosixFromWindows(draft: Draft): void {
  if (draft.object("platform")?.["os"] === "windows") {
    const why = "Removed: Windows has none";
    draft.remove(["hooks"], why);
    for (const key of ["capabilities", "noNewPrivileges", "rlimits"]) {
      draft.remove(["process", key], why);
    }
  }
}

/**
 * ChangeLog of 1.0.0-rc6: "specs-go/config: Use a pointer for Process.ConsoleSize (#792)". Until then
 * it was written as 0 by 0 for no size.
 */
export function removeZeroConsoleSize(draft: Draft): void {
  const size = draft.object("process", "consoleSize");
  if (size !== undefined && size["height"] === 0 && size["width"] === 0) {
    draft.remove(["process", "consoleSize"], "Removed: 0 by 0 stood for no size");
  }
}

/** ChangeLog of 1.0.0-rc6: "config: Remove 'platform' (#850)". */
export function removePlatform(draft: Draft): void {
  draft.remove(["platform"], "Removed: the platform is that of the machine");
}

/** ChangeLog of 1.0.0-rc6: "Shift oomScoreAdj to process (#781, #789, #836)". */
export function moveOomScoreAdj(draft: Draft): void {
  draft.moveToProcess(["linux", "resources", "oomScoreAdj"], "oomScoreAdj");
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

/**
 * As {@linkcode signLimits}: Docker, which takes -1 for no swappiness of its own, wrote it as the largest
 * unsigned number.
 */
export function removeUnsetSwappiness(draft: Draft): void {
  const path = ["linux", "resources", "memory"] as const;
  const swappiness = draft.object(...path)?.["swappiness"];
  if (typeof swappiness === "number" && swappiness >= 2 ** 63) {
    draft.remove([...path, "swappiness"], 'Removed: the largest number stood for "not set"');
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
