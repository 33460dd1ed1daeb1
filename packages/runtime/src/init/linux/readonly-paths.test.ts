import { expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { readonlyPathSteps } from "./readonly-paths.ts";

test("readonlyPathSteps() binds each path to itself, read-only; one that is missing needs nothing", () => {
  const origin = "/linux/readonlyPaths/1";
  const steps = planLines(readonlyPathSteps(["/proc/bus", "/proc/../proc/sys/"]));

  expect(steps.slice(5)).toEqual([
    `${origin}: $readonly-1 = openat2($rootfs, "/proc/sys", {u64 O_PATH|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)  ENOENT -> readonly-1:none  ENOTDIR -> readonly-1:none`,
    `${origin}: $readonly-1:mount = open_tree($readonly-1, "", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH|AT_RECURSIVE)`,
    `${origin}: mount_setattr($readonly-1:mount, "", AT_EMPTY_PATH, {u64 MOUNT_ATTR_RDONLY, u64 0, u64 0, u64 0}, 32)`,
    `${origin}: move_mount($readonly-1:mount, "", $readonly-1, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)`,
    "readonly-1:none:",
  ]);
  expect(readonlyPathSteps()).toEqual([]);
});
