import { describe, expect, test } from "bun:test";
import { planLines } from "../../../test/plan-lines.ts";
import {
  ensureDirectory,
  ensureFile,
  ensureLike,
  ensureParent,
  lastPart,
  makeIn,
  parentOf,
} from "./mountpoint.ts";

const at = { into: "t", origin: "/mounts/0" };
const how = (flags: string, mode = "0"): string =>
  `{u64 ${flags}|O_CLOEXEC, u64 ${mode}, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24`;
const directory = how("O_PATH|O_DIRECTORY");

/** Makes `/a/b`, whatever is there of it already. */
const makeAb = [
  "$t = $rootfs",
  '/mounts/0: mkdirat($t, "a", 0755)  ok EEXIST',
  `/mounts/0: $t = openat2($rootfs, "/a", ${directory})`,
  '/mounts/0: mkdirat($t, "b", 0755)  ok EEXIST',
  `/mounts/0: $t = openat2($rootfs, "/a/b", ${directory})`,
];

/** Makes the file `/a/b/c`. */
const makeFile = [
  ...makeAb,
  `/mounts/0: $t:file = openat2($rootfs, "/a/b/c", ${how("O_CREAT|O_WRONLY", "420")})`,
  "/mounts/0: close($t:file)",
  `/mounts/0: $t = openat2($rootfs, "/a/b/c", ${how("O_PATH")})`,
];

describe("ensureDirectory()", () => {
  test("opens what is there; else makes each level, the links on the way kept in the root", () => {
    expect(planLines(ensureDirectory({ path: "/a/b", ...at }))).toEqual([
      `/mounts/0: $t = openat2($rootfs, "/a/b", ${directory})  ENOENT -> t:make`,
      "jump t:have",
      "t:make:",
      ...makeAb,
      "t:have:",
    ]);
  });

  test("makes one level without looking, also where all is there and read-only", () => {
    expect(planLines(ensureDirectory({ path: "/a", ...at }))).toEqual([
      '/mounts/0: mkdirat($rootfs, "a", 0755)  ok EEXIST EROFS',
      `/mounts/0: $t = openat2($rootfs, "/a", ${directory})`,
    ]);
  });

  test("is stricter about links when asked to", () => {
    const steps = ensureDirectory({
      path: "/proc",
      ...at,
      resolve: ["RESOLVE_IN_ROOT", "RESOLVE_NO_SYMLINKS"],
    });

    expect(planLines(steps).at(-1)).toContain("u64 RESOLVE_IN_ROOT|RESOLVE_NO_SYMLINKS}");
  });
});

test("makeIn() makes a directory in a file system that nobody else has, and never goes over a link", () => {
  expect(planLines(makeIn("dev", { path: "/dev/pts", ...at }))).toEqual([
    '/mounts/0: mkdirat($dev, "pts", 0755)  ok EEXIST',
    '/mounts/0: $t = openat($dev, "pts", O_PATH|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC, 0)',
  ]);
});

test("ensureLike() makes a directory for a directory, and a file for anything else", () => {
  expect(planLines(ensureLike("source", { path: "/a/b/c", ...at }))).toEqual([
    `/mounts/0: $t = openat2($rootfs, "/a/b/c", ${how("O_PATH")})  ENOENT -> t:make`,
    "jump t:have",
    "t:make:",
    '/mounts/0: openat($source, ".", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)  ENOTDIR -> t:file',
    ...makeAb,
    '/mounts/0: mkdirat($t, "c", 0755)  ok EEXIST',
    `/mounts/0: $t = openat2($rootfs, "/a/b/c", ${directory})`,
    "jump t:have",
    "t:file:",
    ...makeFile,
    "t:have:",
  ]);
});

test("ensureFile() makes an empty file, and closes it so that its mount can become read-only", () => {
  expect(planLines(ensureFile({ path: "/a/b/c", ...at }))).toEqual([
    `/mounts/0: $t = openat2($rootfs, "/a/b/c", ${how("O_PATH")})  ENOENT -> t:file`,
    "jump t:have",
    "t:file:",
    ...makeFile,
    "t:have:",
  ]);
});

test("ensureParent() makes the directory that a path lies in", () => {
  expect(ensureParent({ path: "/a/b/c", ...at })).toEqual(ensureDirectory({ path: "/a/b", ...at }));
  expect(planLines(ensureParent({ path: "/a", ...at }))[0]).toContain('openat2($rootfs, "/", ');
});

test("parentOf() and lastPart() split a path", () => {
  expect([parentOf("/a/b"), lastPart("/a/b")]).toEqual(["/a", "b"]);
  expect([parentOf("/a"), lastPart("/a")]).toEqual(["/", "a"]);
});
