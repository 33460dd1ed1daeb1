import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linuxKernel } from "../../kernel/linux.ts";
import { findHome, namesHome } from "./home.ts";

const kernel = linuxKernel();
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "home-test-"));
  mkdirSync(join(root, "etc"));
});
afterEach(() => rmSync(root, { recursive: true }));

const passwd = (...lines: readonly string[]): void =>
  writeFileSync(join(root, "etc/passwd"), `${lines.join("\n")}\n`);

test("findHome() reads the container's /etc/passwd; the first line of a user counts", () => {
  passwd(
    "root:x:0:0:root:/root:/bin/sh",
    "ada:x:1000:1000::/home/ada:",
    "eve:x:1000:1::/home/eve:",
  );

  expect([0, 1000, 1].map((uid) => findHome(kernel, root, uid))).toEqual([
    "/root",
    "/home/ada",
    "/",
  ]);
});

test("findHome() passes over lines that are damaged, or name no home", () => {
  passwd("", "#", "x", "a:x::0::/empty:", "b:x:0:0:::", "c:x:0:0::/c:");

  expect(findHome(kernel, root, 0)).toBe("/c");
});

test("findHome() cannot be led out of the root by a link", () => {
  const outside = mkdtempSync(join(tmpdir(), "home-test-"));
  try {
    writeFileSync(join(outside, "passwd"), "root:x:0:0:root:/outside:/bin/sh\n");
    symlinkSync(join(outside, "passwd"), join(root, "etc/passwd"));

    expect(findHome(kernel, root, 0)).toBe("/");
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test("findHome() follows a link within the root", () => {
  mkdirSync(join(root, "usr"));
  writeFileSync(join(root, "usr/passwd"), "root:x:0:0:root:/inside:/bin/sh\n");
  symlinkSync("/usr/passwd", join(root, "etc/passwd"));

  expect(findHome(kernel, root, 0)).toBe("/inside");
});

test.each(["a FIFO", "a directory", "nothing"])("findHome() does not wait for %s", (what) => {
  const path = join(root, "etc/passwd");
  if (what === "a FIFO") Bun.spawnSync(["mkfifo", path]);
  if (what === "a directory") mkdirSync(path);

  expect(findHome(kernel, root, 0)).toBe("/");
});

test.each([
  [["HOME=/a"], true],
  [["HOME=/a", "HOME="], false],
  [["HOME=", "HOME=/a"], true],
  [["XHOME=/a"], false],
  [[], false],
] as const)("namesHome(%j) is %p", (env, named) => {
  expect(namesHome(env)).toBe(named);
});
