import { describe, expect, test } from "bun:test";
import { type Config, rootfsPropagations } from "@ctr/spec";
import { planLines } from "../../test/plan-lines.ts";
import {
  changeRootSteps,
  moveRootSteps,
  pivotSteps,
  readonlyRootSteps,
  rootfsSteps,
} from "./rootfs.ts";

const plain: Config = { ociVersion: "1.3.0" };
const withPropagation = (rootfsPropagation: (typeof rootfsPropagations)[number]): Config => ({
  ...plain,
  linux: { rootfsPropagation },
});

describe("rootfsSteps()", () => {
  test("cuts the mounts off the host's, then mounts the root filesystem on itself with all below it", () => {
    expect(
      planLines(rootfsSteps({ config: plain, rootfs: "/b/rootfs", inheritsMounts: false })),
    ).toEqual([
      '/linux/rootfsPropagation: mount(0, "/", 0, MS_SLAVE|MS_REC, 0)',
      '/root/path: $rootfs = open_tree(AT_FDCWD, "/b/rootfs", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)',
      '/root/path: move_mount($rootfs, "", AT_FDCWD, "/b/rootfs", MOVE_MOUNT_F_EMPTY_PATH)',
    ]);
  });

  test.each([
    ["shared", "MS_SHARED|MS_REC"],
    ["slave", "MS_SLAVE|MS_REC"],
    ["private", "MS_PRIVATE|MS_REC"],
    // What is unbindable could not be bound.
    ["unbindable", "MS_PRIVATE|MS_REC"],
  ] as const)("begins %s with %s", (propagation, flags) => {
    const [first] = planLines(
      rootfsSteps({ config: withPropagation(propagation), rootfs: "/r", inheritsMounts: false }),
    );

    expect(rootfsPropagations).toContain(propagation);
    expect(first).toBe(`/linux/rootfsPropagation: mount(0, "/", 0, ${flags}, 0)`);
  });

  test("makes the mount below private, where all stays shared and pivot_root would refuse it", () => {
    const steps = rootfsSteps({
      config: withPropagation("shared"),
      rootfs: "/r",
      rootfsParentMount: "/mnt",
      inheritsMounts: false,
    });

    expect(planLines(steps)[1]).toBe('/root/path: mount(0, "/mnt", 0, MS_PRIVATE, 0)');
  });
});

test("without a mount namespace the launcher's mount is used, and the root changes for the process alone", () => {
  const input = { config: withPropagation("shared"), rootfs: "/r", inheritsMounts: true };

  expect(planLines(rootfsSteps(input))).toEqual(["$rootfs = <rootfs>"]);
  expect(planLines(changeRootSteps(plain))).toEqual([
    "/root/path: fchdir($rootfs)",
    '/root/path: chroot(".")',
    '/root/path: chdir("/")',
  ]);
});

describe("pivotSteps()", () => {
  test("turns the root around and lets go of the old one, without reaching the host", () => {
    expect(planLines(pivotSteps(plain))).toEqual([
      '/root/path: $old-root = openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)',
      "/root/path: fchdir($rootfs)",
      '/root/path: pivot_root(".", ".")',
      "/root/path: fchdir($old-root)",
      '/root/path: mount(0, ".", 0, MS_SLAVE|MS_REC, 0)',
      '/root/path: umount2(".", MNT_DETACH)',
      '/root/path: chdir("/")',
    ]);
  });

  test.each([
    ["shared", "MS_SHARED"],
    ["slave", "MS_SLAVE"],
    ["private", "MS_PRIVATE"],
    ["unbindable", "MS_UNBINDABLE"],
  ] as const)("ends %s with %s, both ways to change the root", (propagation, flag) => {
    const expected = `/linux/rootfsPropagation: mount_setattr($rootfs, "", AT_EMPTY_PATH, {u64 0, u64 0, u64 ${flag}, u64 0}, 32)`;

    expect(planLines(pivotSteps(withPropagation(propagation))).at(-1)).toBe(expected);
    expect(planLines(moveRootSteps(withPropagation(propagation), [])).at(-1)).toBe(expected);
  });
});

test("moveRootSteps() moves the root over the old one, without pivot_root and without the host's proc beneath", () => {
  const lines = planLines(moveRootSteps(plain, [{ path: "/proc", parent: "/" }]));

  expect(lines).toEqual([
    '/root/path: mount(0, "/", 0, MS_SLAVE, 0)  ok EINVAL ENOENT',
    '/root/path: mount(0, "/proc", 0, MS_SLAVE|MS_REC, 0)  ok EINVAL ENOENT',
    '/root/path: $beneath-0 = umount2("/proc", MNT_DETACH)  ok EINVAL ENOENT EPERM',
    "jump beneath-0:done if $beneath-0 == 0",
    '/root/path: mount("tmpfs", "/proc", "tmpfs", MS_RDONLY, 0)  ok ENOENT',
    "beneath-0:done:",
    "/root/path: fchdir($rootfs)",
    '/root/path: mount(".", "/", 0, MS_MOVE, 0)',
    '/root/path: chroot(".")',
    '/root/path: chdir("/")',
  ]);
});

test("readonlyRootSteps() makes the root read-only, not what is mounted in it", () => {
  expect(planLines(readonlyRootSteps())).toEqual([
    '/root/readonly: mount_setattr($rootfs, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_RDONLY, u64 0, u64 0, u64 0}, 32)',
  ]);
});
