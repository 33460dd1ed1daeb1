import { describe, expect, test } from "bun:test";
import type { Mount } from "@ctr/spec";
import { planLines } from "../../../test/plan-lines.ts";
import { type BindSource, bindSource, bindSteps } from "./bind-mount.ts";
import { parseMountOptions } from "./mount-options.ts";
import type { PlannedMount } from "./planned-mount.ts";

function planned(options: readonly string[], source = "/src"): PlannedMount {
  return {
    mount: { destination: "/data", source, options },
    options: parseMountOptions(options),
    path: "/data",
    origin: "/mounts/4",
    target: "target",
    made: "made",
  };
}

/** What is done besides finding the mount point. */
function shown(
  options: readonly string[],
  source: BindSource = { path: "/src" },
  locked = false,
): string[] {
  return planLines(bindSteps(planned(options), source, locked)).filter((line) =>
    /open_tree|setattr|move_mount|= <|:source|mapIds/.test(line),
  );
}

const attach =
  '/mounts/4: move_mount($made, "", $target, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)';
const change = (fields: string, flags = "AT_EMPTY_PATH"): string =>
  `/mounts/4: mount_setattr($made, "", ${flags}, {${fields}, u64 0}, 32)`;
const below = "AT_EMPTY_PATH|AT_RECURSIVE";

describe("bindSteps()", () => {
  test("binds one mount, or all below it, too", () => {
    expect(shown(["bind"])).toEqual([
      '/mounts/4: $made = open_tree(AT_FDCWD, "/src", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC)',
      attach,
    ]);
    expect(shown(["rbind"])[0]).toBe(
      '/mounts/4: $made = open_tree(AT_FDCWD, "/src", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)',
    );
  });

  test("sets options before anybody can see the mount; recursive ones and the propagation behind it", () => {
    expect(
      shown(["rbind", "ro", "dev", "rnosuid", "rslave", "shared"], undefined, true).slice(1),
    ).toEqual([
      change("u64 MOUNT_ATTR_RDONLY, u64 MOUNT_ATTR_NODEV|MOUNT_ATTR_NOSYMFOLLOW, u64 0"),
      attach,
      change("u64 MOUNT_ATTR_NOSUID, u64 0, u64 0", below),
      change("u64 0, u64 0, u64 MS_SLAVE", below),
      change("u64 0, u64 0, u64 MS_SHARED"),
    ]);
  });

  test("has what its options say and nothing of its source's, unless the kernel keeps that", () => {
    const lines = shown(["bind", "ro", "noatime"]);
    const set = "u64 MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOATIME";
    const times = "MOUNT_ATTR__ATIME|MOUNT_ATTR_NODIRATIME";
    const others = "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC|MOUNT_ATTR_NOSYMFOLLOW";

    expect(lines.slice(1, -1)).toEqual([
      `/mounts/4: $made:options = ${change(`${set}, u64 ${times}|${others}, u64 0`).slice(11)}  ok EPERM`,
      change(`${set}, u64 ${times}|MOUNT_ATTR_NOSYMFOLLOW, u64 0`),
    ]);
    // Only propagation: the source's options stay.
    expect(shown(["bind", "rprivate"]).filter((line) => line.includes("RDONLY"))).toEqual([]);
  });

  test("takes what the launcher has opened: with mapped ids, or out of the container's reach", () => {
    expect(shown(["bind"], { opened: "mount-4" })).toEqual(["$made = <mount-4>", attach]);
  });

  test("opens what lies in the root filesystem there, and has its ids mapped", () => {
    expect(shown(["rbind"], { inRoot: "/a/b", mapped: true })).toEqual([
      '/mounts/4: $made:source = openat2($rootfs, "/a/b", {u64 O_PATH|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)',
      '/mounts/4: $made = open_tree($made:source, "", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE|AT_EMPTY_PATH)',
      "tell mapIds $made",
      attach,
    ]);
    expect(shown(["bind"], { inRoot: "/a", mapped: false })).toHaveLength(3);
  });

  test("makes the mount point like the source, when it is missing", () => {
    const lines = planLines(bindSteps(planned(["bind"]), { path: "/src" }, false));

    expect(lines).toContain(
      '/mounts/4: openat($made, ".", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)  ENOTDIR -> target:file',
    );
  });
});

test.each([
  ["/abs/../dir", "/dir"],
  ["rel/dir", "/bundle/rel/dir"],
  ["./x", "/bundle/x"],
  ["", "/bundle"],
  [undefined, "/bundle"],
])("bindSource() finds %p at %p", (source, path) => {
  const mount: Mount = { destination: "/d", ...(source === undefined ? {} : { source }) };

  expect(bindSource({ mount }, "/bundle")).toBe(path);
});
