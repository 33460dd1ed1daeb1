import { expect, test } from "bun:test";
import { cleanPath } from "./container-path.ts";

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
