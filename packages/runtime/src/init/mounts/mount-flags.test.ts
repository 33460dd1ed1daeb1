import { describe, expect, test } from "bun:test";
import { mountData, mountFlags, needsMount2 } from "./mount-flags.ts";
import { parseMountOptions } from "./mount-options.ts";

function flagsOf(...options: readonly string[]): string[] {
  const { attributes, parameters } = parseMountOptions(options);
  return mountFlags(attributes.set, parameters);
}

describe("mountFlags()", () => {
  test.each([
    ["ro", "MS_RDONLY"],
    ["nosuid", "MS_NOSUID"],
    ["nodev", "MS_NODEV"],
    ["noexec", "MS_NOEXEC"],
    ["nosymfollow", "MS_NOSYMFOLLOW"],
    ["noatime", "MS_NOATIME"],
    ["relatime", "MS_RELATIME"],
    ["strictatime", "MS_STRICTATIME"],
    ["sync", "MS_SYNCHRONOUS"],
    ["dirsync", "MS_DIRSYNC"],
    ["lazytime", "MS_LAZYTIME"],
    ["mand", "MS_MANDLOCK"],
    ["iversion", "MS_I_VERSION"],
  ])("has a flag for %s", (option, flag) => {
    expect(flagsOf(option)).toEqual([flag]);
  });

  test("has two for nodiratime: how else access times are kept is as by default", () => {
    expect(flagsOf("nodiratime")).toEqual(["MS_NODIRATIME", "MS_RELATIME"]);
  });

  test.each([
    ["ro", "rw"],
    ["nosuid", "suid"],
    ["sync", "async"],
    ["lazytime", "nolazytime"],
    ["mand", "nomand"],
  ])("takes back %s with %s", (option, opposite) => {
    expect(flagsOf(option, opposite)).toEqual([]);
    expect(flagsOf(opposite, option)).toHaveLength(1);
  });

  test("has none for what file systems know themselves", () => {
    expect(flagsOf("size=64k", "newinstance", "defaults")).toEqual([]);
  });
});

test("mountData() joins what is not among the flags", () => {
  const { parameters } = parseMountOptions([
    "ro",
    "sync",
    "lowerdir=/a:/b",
    "volatile",
    "iversion",
  ]);

  expect(mountData(parameters)).toBe("lowerdir=/a:/b,volatile");
});

test("needsMount2() tells what fsconfig(2) refuses: 256 bytes with the NUL, and iversion", () => {
  expect(needsMount2({ key: "lowerdir", value: "x".repeat(255) })).toBe(false);
  expect(needsMount2({ key: "lowerdir", value: "x".repeat(256) })).toBe(true);
  expect(needsMount2({ key: "lowerdir", value: "é".repeat(128) })).toBe(true);
  expect(needsMount2({ flag: "iversion" })).toBe(true);
  expect(needsMount2({ flag: "sync" })).toBe(false);
});
