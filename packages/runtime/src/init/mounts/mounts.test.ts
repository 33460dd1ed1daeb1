import { describe, expect, test } from "bun:test";
import { ContainerError, type Mount } from "@ctr/spec";
import { planLines } from "../../../test/plan-lines.ts";
import { freshMountAt, type MountsInput, mountSteps, readonlyTmpfsSteps } from "./mounts.ts";

function plan(mounts: readonly Mount[], change: Partial<MountsInput> = {}): string[] {
  return planLines(
    mountSteps({
      mounts,
      bundle: "/bundle",
      openedSources: new Set(),
      lockedSources: false,
      cgroupMounts: [],
      ownCgroupNamespace: true,
      ...change,
    }),
  ).map((line) => line.replace(/^\/mounts\/\d: /, ""));
}

const attach = (made: string, target: string): string =>
  `move_mount($${made}, "", $${target}, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)`;
const attribute = (slot: string, fields: string, flags = "AT_EMPTY_PATH"): string =>
  `mount_setattr($${slot}, "", ${flags}, {${fields}, u64 0}, 32)`;

describe("a file system", () => {
  test("is made detached, with its parameters, then attached by descriptor", () => {
    const mount: Mount = {
      destination: "/dev//pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "rnodev", "rprivate"],
    };

    expect(plan([mount]).slice(-10)).toEqual(
      [
        "target-0:have:",
        '$mount-0:fs = fsopen("devpts", FSOPEN_CLOEXEC)',
        'fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "source", "devpts", 0)',
        'fsconfig($mount-0:fs, FSCONFIG_SET_FLAG, "newinstance", 0, 0)',
        'fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "ptmxmode", "0666", 0)',
        "fsconfig($mount-0:fs, FSCONFIG_CMD_CREATE, 0, 0, 0)",
        "$mount-0 = fsmount($mount-0:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC)",
        "close($mount-0:fs)",
        attach("mount-0", "target-0"),
        attribute("mount-0", "u64 MOUNT_ATTR_NODEV, u64 0, u64 0", "AT_EMPTY_PATH|AT_RECURSIVE"),
        attribute("mount-0", "u64 0, u64 0, u64 MS_PRIVATE", "AT_EMPTY_PATH|AT_RECURSIVE"),
      ].slice(-10),
    );
  });

  test.each([
    [undefined, "mqueue"],
    ["", "mqueue"],
    ["queues", "queues"],
  ])("with the source %p is shown as %p", (source, shown) => {
    const mount = {
      destination: "/m",
      type: "mqueue",
      ...(source === undefined ? {} : { source }),
    };

    expect(plan([mount])).toContain(
      `fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "source", "${shown}", 0)`,
    );
  });

  test("without a type is none, which the kernel refuses by that name", () => {
    expect(plan([{ destination: "/m" }])).toContain('$mount-0:fs = fsopen("none", FSOPEN_CLOEXEC)');
  });

  test.each(["proc", "sysfs"])("%s is never mounted over a link", (type) => {
    expect(plan([{ destination: "/proc", type }])[1]).toContain(
      "u64 RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS}",
    );
  });

  test("gets the label of mounts, if it knows labels", () => {
    const context = 'fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "context", "a:b:c", 0)';
    const labelled = (type: string, mountLabel: string): string[] =>
      plan([{ destination: "/m", type }], { mountLabel });

    // That of cgroups of version 1 is the directory above them.
    for (const type of ["tmpfs", "devpts", "overlay", "cgroup"])
      expect(labelled(type, "a:b:c")).toContain(context);
    for (const type of ["proc", "sysfs", "mqueue"])
      expect(labelled(type, "a:b:c")).not.toContain(context);
    expect(labelled("tmpfs", "").filter((line) => line.includes("context"))).toEqual([]);
  });
});

test("the directory of message queues is labelled as a file is", () => {
  const queues = (mountLabel: string): string[] =>
    plan([{ destination: "/m", type: "mqueue" }], { mountLabel }).filter((line) =>
      /fchdir|setxattr/.test(line),
    );

  expect(queues("a:b:c")).toEqual([
    "fchdir($mount-0)",
    'setxattr(".", "security.selinux", "a:b:c", 5, 0)  ok EOPNOTSUPP',
  ]);
  expect(queues("")).toEqual([]);
});

describe("a tmpfs", () => {
  test("keeps the mode of the directory that it lies on, if that was there", () => {
    expect(plan([{ destination: "/tmp", type: "tmpfs" }])).toEqual([
      '$target-0:there = mkdirat($rootfs, "tmp", 0755)  ok EEXIST EROFS',
      expect.stringContaining("$target-0 = openat2("),
      'statx($target-0, "", AT_EMPTY_PATH, STATX_MODE, &target-0:statx[256])',
      '$mount-0:fs = fsopen("tmpfs", FSOPEN_CLOEXEC)',
      'fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0)',
      "jump target-0:mode if $target-0:there == 0",
      'fsconfig($mount-0:fs, FSCONFIG_SET_STRING, "mode", {octal target-0:statx[28], pad 1}, 0)',
      "target-0:mode:",
      "fsconfig($mount-0:fs, FSCONFIG_CMD_CREATE, 0, 0, 0)",
      "$mount-0 = fsmount($mount-0:fs, FSMOUNT_CLOEXEC, 0)",
      "close($mount-0:fs)",
      attach("mount-0", "target-0"),
    ]);
  });

  test("looks at a directory further down before it makes it", () => {
    expect(plan([{ destination: "/a/b", type: "tmpfs" }]).slice(0, 4)).toEqual([
      expect.stringContaining("ENOENT -> target-0:make"),
      "$target-0:there = 1",
      "jump target-0:have",
      "target-0:make:",
    ]);
  });

  test("has the mode that an option says", () => {
    const lines = plan([{ destination: "/tmp", type: "tmpfs", options: ["mode=1777"] }]);

    expect(lines.filter((line) => /statx|octal/.test(line))).toEqual([]);
  });

  test("is writable while its copy is made", () => {
    const lines = plan([
      { destination: "/etc", type: "tmpfs", options: ["ro", "nosuid", "tmpcopyup", "rslave"] },
    ]);

    expect(lines.slice(9)).toEqual([
      "$mount-0 = fsmount($mount-0:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID)",
      "close($mount-0:fs)",
      attach("mount-0", "target-0"),
      "tell copyUpFrom $target-0",
      "tell copyUpTo $mount-0",
      '$read:/mounts/0copy what was in "/etc" up = read(<sync>, &byte[8], 1)',
      'jump done:/mounts/0copy what was in "/etc" up if $read:/mounts/0copy what was in "/etc" up != 0',
      "fail EPIPE",
      'done:/mounts/0copy what was in "/etc" up:',
      attribute("mount-0", "u64 0, u64 0, u64 MS_SLAVE", "AT_EMPTY_PATH|AT_RECURSIVE"),
    ]);
  });
});

describe("by mount(2)", () => {
  const lowerdir = `lowerdir=${"/layer:".repeat(40)}/last`;

  test("a file system gets what fsconfig(2) cannot take, from within its mount point", () => {
    const lines = plan([
      {
        destination: "/m",
        type: "overlay",
        options: ["ro", "suid", "nosuid", lowerdir, "volatile"],
      },
    ]);

    expect(lines.slice(2)).toEqual([
      "fchdir($target-0)",
      `mount("overlay", ".", "overlay", MS_NOSUID|MS_RDONLY, "${lowerdir},volatile")`.replace(
        "MS_NOSUID|MS_RDONLY",
        "MS_RDONLY|MS_NOSUID",
      ),
      '$mount-0 = openat2($rootfs, "/m", {u64 O_PATH|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)',
    ]);
  });

  test("a tmpfs can count versions, and is not read-only yet", () => {
    const lines = plan([{ destination: "/m", type: "tmpfs", options: ["iversion", "ro"] }]);

    expect(lines.filter((line) => /^mount\(|fchmodat|setattr/.test(line))).toEqual([
      'mount("tmpfs", ".", "tmpfs", MS_I_VERSION, "")',
      'fchmodat($mount-0, ".", target-0:statx[28])',
    ]);
  });

  test("refuses what the kernel would cut off without a word", () => {
    const options = [`lowerdir=${"/layer:".repeat(600)}/last`];
    const attempt = (): string[] => plan([{ destination: "/m", type: "overlay", options }]);

    expect(attempt).toThrow(ContainerError);
    expect(attempt).toThrow('Cannot mount at "/m" (/mounts/0/options)');
  });
});

describe("a remount", () => {
  const opened =
    '$target-0 = openat2($rootfs, "/m", {u64 O_PATH|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)';

  test("changes mount and file system of what is there", () => {
    const mount: Mount = {
      destination: "/m",
      options: ["remount", "ro", "exec", "size=1m", "rnosuid"],
    };

    expect(plan([mount])).toEqual([
      opened,
      attribute("target-0", "u64 MOUNT_ATTR_RDONLY, u64 MOUNT_ATTR_NOEXEC, u64 0"),
      '$target-0:fs = fspick($target-0, "", FSPICK_CLOEXEC|FSPICK_EMPTY_PATH)',
      'fsconfig($target-0:fs, FSCONFIG_SET_FLAG, "ro", 0, 0)',
      'fsconfig($target-0:fs, FSCONFIG_SET_STRING, "size", "1m", 0)',
      "fsconfig($target-0:fs, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0)",
      "close($target-0:fs)",
      attribute("target-0", "u64 MOUNT_ATTR_NOSUID, u64 0, u64 0", "AT_EMPTY_PATH|AT_RECURSIVE"),
    ]);
  });

  test("of a bind changes that mount alone, not the file system that others see", () => {
    const mount: Mount = { destination: "/m", options: ["remount", "bind", "ro", "slave"] };

    expect(plan([mount])).toEqual([
      opened,
      attribute("target-0", "u64 MOUNT_ATTR_RDONLY, u64 0, u64 0"),
      attribute("target-0", "u64 0, u64 0, u64 MS_SLAVE"),
    ]);
  });
});

describe("which kind a mount is", () => {
  test.each([
    [{ destination: "/m", options: ["bind"], source: "/s" }],
    [{ destination: "/m", options: ["rbind"], type: "none", source: "/s" }],
    [{ destination: "/m", type: "bind", source: "/s" }],
    [{ destination: "/m", type: "tmpfs", options: ["bind"], source: "/s" }],
  ] as Mount[][])("%p is a bind mount", (mount) => {
    expect(plan(mount === undefined ? [] : [mount])[0]).toStartWith(
      '$mount-0 = open_tree(AT_FDCWD, "/s", ',
    );
  });

  test("a bind mount whose source the launcher has opened takes its descriptor", () => {
    const mounts = [
      { destination: "/a", type: "tmpfs" },
      { destination: "/b", type: "bind" },
    ];

    expect(plan(mounts, { openedSources: new Set([1]) })).toContain("$mount-1 = <mount-1>");
  });

  test.each(["cgroup", "cgroup2"])("%s shows the container's cgroup", (type) => {
    const cgroupMounts = [{ name: "", aliases: [], path: "/sys/fs/cgroup/web" }];
    const lines = plan([{ destination: "/cg", type }], { cgroupMounts, ownCgroupNamespace: false });

    expect(lines.join("\n")).toContain('open_tree(AT_FDCWD, "/sys/fs/cgroup/web", ');
  });

  test("mounts are made in their order, each with its own slots", () => {
    const lines = plan([
      { destination: "/a", type: "tmpfs", options: ["mode=755"] },
      { destination: "/a", type: "tmpfs", options: ["mode=700"] },
    ]);

    expect(lines.filter((line) => line.startsWith("move_mount"))).toEqual([
      attach("mount-0", "target-0"),
      attach("mount-1", "target-1"),
    ]);
  });
});

describe("freshMountAt()", () => {
  const dev: Mount = { destination: "/dev/", type: "tmpfs", options: ["nosuid", "mode=755"] };

  test("finds the tmpfs that was mounted there", () => {
    expect(freshMountAt("/dev", [{ destination: "/proc", type: "proc" }, dev])).toBe("mount-1");
    expect(freshMountAt("/dev", [dev, { destination: "/dev/pts", type: "devpts" }])).toBe(
      "mount-0",
    );
  });

  test.each([
    ["nothing is mounted there", []],
    ["it comes later", [{ destination: "/x" }, dev], 1],
    ["it is no tmpfs", [{ ...dev, type: "devtmpfs" }]],
    ["it is a bind", [{ ...dev, options: ["bind"] }]],
    ["it is filled", [{ ...dev, options: ["tmpcopyup"] }]],
    ["it is read-only", [{ ...dev, options: ["ro"] }]],
    ["something lies on it", [dev, { destination: "/dev", type: "bind" }]],
    ["something lies on what it lies in", [dev, { destination: "/", type: "tmpfs" }]],
    ["it was remounted", [dev, { destination: "/dev", options: ["remount", "ro"] }]],
  ] as [string, Mount[], number?][])("finds none when %s", (_, mounts, count = mounts.length) => {
    expect(freshMountAt("/dev", mounts, count)).toBeUndefined();
  });

  test("lets mount points directly in it be made without a look", () => {
    const lines = plan([dev, { destination: "/dev/shm", type: "tmpfs", options: ["mode=1777"] }]);

    expect(lines).toContain('mkdirat($mount-0, "shm", 0755)  ok EEXIST');
    expect(lines).toContain(
      '$target-1 = openat($mount-0, "shm", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC, 0)',
    );
  });
});

describe("readonlyTmpfsSteps()", () => {
  const dev = (type: string, ...options: readonly string[]): Mount => ({
    destination: "/dev/",
    type,
    options,
  });

  test("make a tmpfs read-only that was left writable for what comes into it", () => {
    const mounts = [
      dev("tmpfs", "ro", "nosuid"),
      { destination: "/dev/x", type: "tmpfs" },
      { destination: "/m", type: "tmpfs", options: ["ro"] },
      { destination: "/m/inside", type: "tmpfs" },
    ];

    expect(plan(mounts).join("\n")).not.toContain("MOUNT_ATTR_RDONLY");
    expect(planLines(readonlyTmpfsSteps(mounts))).toEqual([
      `/mounts/0: ${attribute("mount-0", "u64 MOUNT_ATTR_RDONLY, u64 0, u64 0")}`,
      `/mounts/2: ${attribute("mount-2", "u64 MOUNT_ATTR_RDONLY, u64 0, u64 0")}`,
    ]);
  });

  test.each([
    [[]],
    [[dev("tmpfs", "nosuid")]],
    [[dev("bind", "rbind", "ro")]],
    [[dev("tmpfs", "ro"), dev("none", "remount", "rw")]],
  ])("are none for %j", (mounts) => {
    expect(readonlyTmpfsSteps(mounts)).toEqual([]);
  });
});
