import { describe, expect, test } from "bun:test";
import type { LinuxDevice } from "@ctr/spec";
import { planLines } from "../../../test/plan-lines.ts";
import { type DevicesInput, defaultDevices, deviceSteps } from "./devices.ts";

function shown(devices: readonly LinuxDevice[], change: Partial<DevicesInput> = {}): string[] {
  return planLines(deviceSteps({ devices, bind: false, hasKcore: false, ...change }));
}

/** What is done for the devices of the configuration, without the field, which is the same for all. */
function ofFirst(device: LinuxDevice, change: Partial<DevicesInput> = {}): string[] {
  return shown([device], change)
    .filter((line) => /^(\/linux\/devices\/0|device-0:(have|file|make):)/.test(line))
    .map((line) => line.replace("/linux/devices/0: ", ""));
}

const defaults = [
  'mknodat($dev, "null", S_IFCHR|0666, 259)  ok EEXIST',
  'mknodat($dev, "random", S_IFCHR|0666, 264)  ok EEXIST',
  'mknodat($dev, "full", S_IFCHR|0666, 263)  ok EEXIST',
  'mknodat($dev, "tty", S_IFCHR|0666, 1280)  ok EEXIST',
  'mknodat($dev, "zero", S_IFCHR|0666, 261)  ok EEXIST',
  'mknodat($dev, "urandom", S_IFCHR|0666, 265)  ok EEXIST',
];
const links = [
  'symlinkat("/proc/self/fd", $dev, "fd")  ok EEXIST',
  'symlinkat("/proc/self/fd/0", $dev, "stdin")  ok EEXIST',
  'symlinkat("/proc/self/fd/1", $dev, "stdout")  ok EEXIST',
  'symlinkat("/proc/self/fd/2", $dev, "stderr")  ok EEXIST',
];
const ptmx = ['unlinkat($dev, "ptmx", 0)  ok ENOENT', 'symlinkat("pts/ptmx", $dev, "ptmx")'];
const fuse: LinuxDevice = { path: "/dev/fuse", type: "c", major: 10, minor: 229 };

describe("deviceSteps()", () => {
  test("makes what every container has, and replaces a /dev/ptmx that could be the host's", () => {
    expect(shown([]).slice(2)).toEqual([...defaults, ...links, ...ptmx]);
    expect(defaultDevices.map(({ path }) => path.slice(5)).toSorted()).toEqual([
      "full",
      "null",
      "random",
      "tty",
      "urandom",
      "zero",
    ]);
  });

  test("needs no look at a /dev that the program has just mounted", () => {
    expect(shown([], { dev: "mount-1" })).toEqual(
      [...defaults, ...links, ...ptmx].map((line) => line.replace("$dev", "$mount-1")),
    );
  });

  test("links /dev/core where the host has /proc/kcore", () => {
    expect(shown([], { hasKcore: true })).toContain(
      'symlinkat("/proc/kcore", $dev, "core")  ok EEXIST',
    );
  });

  test("lets the configuration have its own of the default devices", () => {
    const lines = shown([
      { path: "/dev/../dev/null", type: "c", major: 1, minor: 3, fileMode: 0o600 },
    ]);

    expect(lines.filter((line) => line.includes('"null"'))).toEqual([
      '/linux/devices/0: mknodat($dev, "null", S_IFCHR|0600, 259)  ok EEXIST',
    ]);
  });

  test.each([
    ["c", "S_IFCHR"],
    ["u", "S_IFCHR"],
    ["b", "S_IFBLK"],
    ["p", "S_IFIFO"],
  ] as const)("makes type %s a %s", (type, name) => {
    expect(ofFirst({ ...fuse, type })).toEqual([
      `mknodat($dev, "fuse", ${name}|0666, 2789)  ok EEXIST`,
    ]);
  });

  test("sets owner and mode", () => {
    expect(ofFirst({ ...fuse, fileMode: 0o640, uid: 1000, gid: 0 })).toEqual([
      'mknodat($dev, "fuse", S_IFCHR|0640, 2789)  ok EEXIST',
      'fchownat($dev, "fuse", 1000, 0, AT_SYMLINK_NOFOLLOW)',
    ]);
  });

  test("gives mknod(2) type and mode as one number", () => {
    const [step] = deviceSteps({ devices: [fuse], bind: false, hasKcore: false }).filter(
      (each) => "origin" in each && each.origin === "/linux/devices/0",
    );

    expect(step).toMatchObject({
      args: [{ slot: "dev" }, { text: "fuse" }, { value: 0o020666 }, 2789],
    });
  });

  test("makes a FIFO without numbers", () => {
    expect(ofFirst({ path: "/dev/pipe", type: "p" })).toEqual([
      'mknodat($dev, "pipe", S_IFIFO|0666, 0)  ok EEXIST',
    ]);
  });

  test("makes the directory of a device elsewhere, one below /dev, too", () => {
    const lines = ofFirst({ path: "/dev/net/tun", type: "c", major: 10, minor: 200 });

    expect(lines[0]).toStartWith('$device-0 = openat2($rootfs, "/dev/net", ');
    expect(lines.slice(-2)).toEqual([
      'mknodat($device-0, "tun", S_IFCHR|0666, 2760)  ok EEXIST',
      "close($device-0)",
    ]);
  });

  test("binds the host's devices in a user namespace, where nobody may make any", () => {
    const lines = ofFirst(fuse, { bind: true });

    expect(lines[0]).toBe(
      '$device-0:source = open_tree(AT_FDCWD, "/dev/fuse", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)',
    );
    expect(lines[1]).toStartWith(
      'mount_setattr($device-0:source, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC,',
    );
    expect(lines.slice(-3)).toEqual([
      'move_mount($device-0:source, "", $device-0, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)',
      "close($device-0)",
      "close($device-0:source)",
    ]);
    expect(shown([], { bind: true }).filter((line) => line.includes("mknodat"))).toEqual([]);
  });

  test("binds what the launcher has made, each node by its number", () => {
    const fifo: LinuxDevice = { path: "/dev/pipe", type: "p" };
    const lines = shown([fifo, fuse], { bind: true, made: true });
    const first = lines.findIndex((line) => line.includes("<devices>"));

    expect(
      lines.slice(first + 1, first + 7).map((line) => line.replace("/linux/devices: ", "")),
    ).toEqual([
      'move_mount($devices, "", $rootfs, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)',
      '$device-1:source = open_tree($devices, "1", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)',
      "fchdir($devices)",
      'umount2(".", MNT_DETACH)',
      'chdir("/")',
      "close($devices)",
    ]);
    expect(lines.filter((line) => line.includes("mknodat"))).toEqual([
      expect.stringContaining('"pipe", S_IFIFO'),
    ]);
  });

  test("leaves a slash at the end out", () => {
    expect(ofFirst({ path: "/dev/pipe/", type: "p" })).toEqual([
      'mknodat($dev, "pipe", S_IFIFO|0666, 0)  ok EEXIST',
    ]);
  });

  test("makes a FIFO in a user namespace, too: that needs no right", () => {
    expect(ofFirst({ path: "/dev/pipe", type: "p" }, { bind: true })).toEqual([
      'mknodat($dev, "pipe", S_IFIFO|0666, 0)  ok EEXIST',
    ]);
  });
});
