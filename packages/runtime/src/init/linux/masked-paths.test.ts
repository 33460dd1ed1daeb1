import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { maskedPathSteps } from "./masked-paths.ts";

test("maskedPathSteps() prepares the host's null device and an empty read-only directory, once", () => {
  const origin = "/linux/maskedPaths";

  expect(planLines(maskedPathSteps(["/a", "/b"])).slice(0, 7)).toEqual([
    `${origin}: $null = openat(AT_FDCWD, "/dev/null", O_PATH|O_NOFOLLOW|O_CLOEXEC, 0)`,
    `${origin}: $empty:fs = fsopen("tmpfs", FSOPEN_CLOEXEC)`,
    `${origin}: fsconfig($empty:fs, FSCONFIG_SET_STRING, "source", "tmpfs", 0)`,
    `${origin}: fsconfig($empty:fs, FSCONFIG_SET_STRING, "nr_blocks", "1", 0)`,
    `${origin}: fsconfig($empty:fs, FSCONFIG_SET_STRING, "nr_inodes", "1", 0)`,
    `${origin}: fsconfig($empty:fs, FSCONFIG_CMD_CREATE, 0, 0, 0)`,
    `${origin}: $empty = fsmount($empty:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY)`,
  ]);
});

test("maskedPathSteps() covers a directory with the empty one, and a file with the null device", () => {
  const origin = "/linux/maskedPaths/0";
  const how = "{u64 O_PATH|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}";
  const attach = "MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH";
  const clone = "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH";

  expect(planLines(maskedPathSteps(["/proc//kcore"])).slice(7)).toEqual([
    `${origin}: $mask-0 = openat2($rootfs, "/proc/kcore", ${how}, 24)  ENOENT -> mask-0:none  ENOTDIR -> mask-0:none`,
    `${origin}: openat($mask-0, ".", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)  ENOTDIR -> mask-0:file`,
    "jump mask-0:clone if $empty:attached != 0",
    `${origin}: move_mount($empty, "", $mask-0, "", ${attach})`,
    `${origin}: mount_setattr($empty, "", AT_EMPTY_PATH, {u64 0, u64 0, u64 MS_PRIVATE, u64 0}, 32)`,
    "$empty:attached = 1",
    "jump mask-0:none",
    "mask-0:clone:",
    `${origin}: $mask-0:mount = open_tree($empty, "", ${clone})`,
    "jump mask-0:attach",
    "mask-0:file:",
    `${origin}: $mask-0:mount = open_tree($null, "", ${clone})`,
    "mask-0:attach:",
    `${origin}: move_mount($mask-0:mount, "", $mask-0, "", ${attach})`,
    "mask-0:none:",
  ]);
});

test("maskedPathSteps() labels the empty directory as mounts are", () => {
  expect(planLines(maskedPathSteps(["/a"], "a:b:c"))).toContain(
    '/linux/maskedPaths: fsconfig($empty:fs, FSCONFIG_SET_STRING, "context", "a:b:c", 0)',
  );
});

test("maskedPathSteps() masks a path once that is named twice", () => {
  expect(maskedPathSteps(["/a", "/b", "//a/."])).toEqual(maskedPathSteps(["/a", "/b"]));
});

test("maskedPathSteps() prepares nothing when nothing is masked", () => {
  expect(maskedPathSteps()).toEqual([]);
  expect(maskedPathSteps([])).toEqual([]);
});
