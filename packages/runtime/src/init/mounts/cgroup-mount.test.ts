import { describe, expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { cgroupMountSteps } from "./cgroup-mount.ts";
import { parseMountOptions } from "./mount-options.ts";
import type { PlannedMount } from "./planned-mount.ts";

function planned(...options: readonly string[]): PlannedMount {
  return {
    mount: { destination: "/sys/fs/cgroup", type: "cgroup", options },
    options: parseMountOptions(options),
    path: "/cg",
    origin: "/mounts/6",
    target: "t",
    made: "m",
  };
}

const version2 = { name: "", aliases: [], path: "/sys/fs/cgroup/web" };
const hierarchies = [
  { name: "cpu,cpuacct", aliases: ["cpu", "cpuacct"], path: "/cg/cpu,cpuacct/web" },
  { name: "memory", aliases: [], path: "/cg/memory/web" },
];

/** Steps behind the two that find the mount point, without the field, which is the same for all. */
function shown(steps: Parameters<typeof planLines>[0]): string[] {
  return planLines(steps)
    .slice(2)
    .map((line) => line.replace("/mounts/6: ", ""));
}

const clone = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE";
const attach = 'move_mount($m, "", $t, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)';
const readonly =
  'mount_setattr($m, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_RDONLY, u64 0, u64 0, u64 0}, 32)';

describe("on version 2", () => {
  test("a cgroup namespace gets a mount of its own, or a bind where it may not make one", () => {
    const input = { cgroupMounts: [version2], ownCgroupNamespace: true };

    expect(shown(cgroupMountSteps(planned("ro", "nosuid", "rprivate"), input))).toEqual([
      '$m:fs = fsopen("cgroup2", FSOPEN_CLOEXEC)  EPERM -> m:bind',
      'fsconfig($m:fs, FSCONFIG_SET_STRING, "source", "cgroup", 0)',
      "fsconfig($m:fs, FSCONFIG_CMD_CREATE, 0, 0, 0)  EPERM -> m:bind  EBUSY -> m:bind",
      "$m = fsmount($m:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID)  EPERM -> m:bind",
      "jump m:made",
      "m:bind:",
      `$m = open_tree(AT_FDCWD, "/sys/fs/cgroup/web", ${clone})`,
      'mount_setattr($m, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID, u64 0, u64 0, u64 0}, 32)',
      "m:made:",
      attach,
      'mount_setattr($m, "", AT_EMPTY_PATH|AT_RECURSIVE, {u64 0, u64 0, u64 MS_PRIVATE, u64 0}, 32)',
    ]);
  });

  test("without one, the container's cgroup is bound", () => {
    const input = { cgroupMounts: [version2], ownCgroupNamespace: false };

    expect(shown(cgroupMountSteps(planned("ro"), input))).toEqual([
      `$m = open_tree(AT_FDCWD, "/sys/fs/cgroup/web", ${clone})`,
      readonly,
      attach,
    ]);
  });
});

describe("on version 1", () => {
  test("a tmpfs has a directory for each hierarchy and links for its other names, and is read-only last", () => {
    const input = { cgroupMounts: hierarchies, ownCgroupNamespace: true };
    const one = (index: number, name: string): string[] => [
      `mkdirat($m, "${name}", 0755)`,
      `$m:${index} = open_tree(AT_FDCWD, "/cg/${name}/web", ${clone})`,
      `mount_setattr($m:${index}, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_RDONLY|MOUNT_ATTR_NODEV, u64 0, u64 0, u64 0}, 32)`,
      `move_mount($m:${index}, "", $m, "${name}", MOVE_MOUNT_F_EMPTY_PATH)`,
    ];

    expect(shown(cgroupMountSteps(planned("ro", "nodev"), input))).toEqual([
      '$m:fs = fsopen("tmpfs", FSOPEN_CLOEXEC)',
      'fsconfig($m:fs, FSCONFIG_SET_STRING, "source", "cgroup", 0)',
      'fsconfig($m:fs, FSCONFIG_SET_STRING, "mode", "755", 0)',
      "fsconfig($m:fs, FSCONFIG_CMD_CREATE, 0, 0, 0)",
      "$m = fsmount($m:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV)",
      attach,
      ...one(0, "cpu,cpuacct"),
      'symlinkat("cpu,cpuacct", $m, "cpu")',
      'symlinkat("cpu,cpuacct", $m, "cpuacct")',
      ...one(1, "memory"),
      readonly,
    ]);
  });

  test("without cgroups the directory is empty", () => {
    const input = { cgroupMounts: [], ownCgroupNamespace: false };

    expect(shown(cgroupMountSteps(planned(), input)).at(-1)).toBe(attach);
  });
});
