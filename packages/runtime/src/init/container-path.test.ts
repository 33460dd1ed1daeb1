import { expect, test } from "bun:test";
import { cleanPath, pathInRootfs } from "./container-path.ts";

test.each([
  ["/", "/"],
  ["", "/"],
  ["/a/b", "/a/b"],
  ["a/b", "/a/b"],
  ["//a///b/", "/a/b"],
  ["/a/./b/.", "/a/b"],
  ["/a/../b", "/b"],
  ["/../../b", "/b"],
  ["/a/b/../..", "/"],
  ["/..a/...", "/..a/..."],
])("cleanPath() makes %p %p", (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});

test.each([
  ["/b/rootfs", "/b/rootfs", "/"],
  ["/b/rootfs", "/b/rootfs/etc/x", "/etc/x"],
  ["/b/rootfs", "/b/rootfs2/etc", undefined],
  ["/b/rootfs", "/b", undefined],
  ["/", "/etc", undefined],
  ["/", "/", undefined],
])("pathInRootfs() finds in %p of %p %p", (rootfs, path, inside) => {
  expect(pathInRootfs(rootfs, path)).toBe(inside);
});
