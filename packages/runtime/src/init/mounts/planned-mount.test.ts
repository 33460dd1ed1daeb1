import { describe, expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import { parseMountOptions } from "./mount-options.ts";
import { changeBelow, type PlannedMount, propagationSteps } from "./planned-mount.ts";

function planned(...options: readonly string[]): PlannedMount {
  return {
    mount: { destination: "/m", options },
    options: parseMountOptions(options),
    path: "/m",
    origin: "/mounts/0",
    target: "target",
    made: "made",
  };
}

describe("changeBelow()", () => {
  test("sets and clears attributes of a mount and all below it at once", () => {
    expect(planLines(changeBelow(planned("rro", "rsuid", "rnoatime", "ro")))).toEqual([
      '/mounts/0: mount_setattr($made, "", AT_EMPTY_PATH|AT_RECURSIVE, {u64 MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOATIME, u64 MOUNT_ATTR_NOSUID|MOUNT_ATTR__ATIME, u64 0, u64 0}, 32)',
    ]);
  });

  test("does nothing without recursive options", () => {
    expect(changeBelow(planned("ro", "nosuid", "rprivate"))).toEqual([]);
  });
});

test("propagationSteps() makes each change in its order, one at a time as the kernel wants it", () => {
  expect(planLines(propagationSteps(planned("rslave", "shared")))).toEqual([
    '/mounts/0: mount_setattr($made, "", AT_EMPTY_PATH|AT_RECURSIVE, {u64 0, u64 0, u64 MS_SLAVE, u64 0}, 32)',
    '/mounts/0: mount_setattr($made, "", AT_EMPTY_PATH, {u64 0, u64 0, u64 MS_SHARED, u64 0}, 32)',
  ]);
  expect(propagationSteps(planned("ro"))).toEqual([]);
});
