import { describe, expect, test } from "bun:test";
import { type Constant, constant } from "../machine/constants.ts";
import type { Arg } from "../program/step.ts";
import {
  call,
  closeOnExec,
  deviceNumber,
  joinCgroups,
  openInRoot,
  purpose,
  sequence,
  setAttributes,
  waitFor,
  writeText,
} from "./steps.ts";

const why = purpose("/a", "do it");

test("call() and purpose() leave out what is not said", () => {
  expect(call(why, "close", [3])).toEqual({
    call: "close",
    args: [3],
    origin: "/a",
    does: "do it",
  });
  expect(call(purpose("", "x", "try"), "getpid", [], { save: "pid", accept: ["EPERM"] })).toEqual({
    call: "getpid",
    args: [],
    save: "pid",
    accept: ["EPERM"],
    origin: "",
    does: "x",
    hint: "try",
  });
});

test("sequence() puts steps and lists one behind the other, without what is not wanted", () => {
  const [a, b] = [{ label: "a" }, { label: "b" }] as const;

  expect(sequence(a, false, undefined, [b, [a, b]], [])).toEqual([a, b, a, b]);
});

test("openInRoot() never leaves the directory and follows no magic link, unless told otherwise", () => {
  const how = (mode: number, resolve: Constant): Arg => ({
    struct: [{ u64: constant("O_WRONLY", "O_CLOEXEC") }, { u64: mode }, { u64: resolve }],
  });

  expect(openInRoot(why, "/x", ["O_WRONLY"], { save: "x" })).toEqual({
    call: "openat2",
    args: [
      { slot: "rootfs" },
      { text: "/x" },
      how(0, constant("RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS")),
      24,
    ],
    save: "x",
    ...why,
  });
  const others = { root: "root", mode: 0o600, resolve: ["RESOLVE_NO_SYMLINKS"] } as const;
  expect(openInRoot(why, "/x", ["O_WRONLY"], {}, others).args).toEqual([
    { slot: "root" },
    { text: "/x" },
    how(0o600, constant("RESOLVE_NO_SYMLINKS")),
    24,
  ]);
});

test("setAttributes() fills struct mount_attr", () => {
  const step = setAttributes(
    why,
    "m",
    {
      set: ["MOUNT_ATTR_RDONLY", "MOUNT_ATTR_IDMAP"],
      clear: ["MOUNT_ATTR_NOSUID"],
      propagation: "MS_SLAVE",
      userNamespace: { slot: "user" },
    },
    true,
  );

  expect(step.args).toEqual([
    { slot: "m" },
    { text: "" },
    constant("AT_EMPTY_PATH", "AT_RECURSIVE"),
    {
      struct: [
        { u64: constant("MOUNT_ATTR_RDONLY", "MOUNT_ATTR_IDMAP") },
        { u64: constant("MOUNT_ATTR_NOSUID") },
        { u64: constant("MS_SLAVE") },
        { u64: { slot: "user" } },
      ],
    },
    32,
  ]);
});

test("writeText() writes all of a text's bytes at once", () => {
  expect(writeText(why, { slot: "f" }, "né").args).toEqual([{ slot: "f" }, { text: "né" }, 3]);
});

test("closeOnExec() begins above what the user's program gets", () => {
  const flag = constant("CLOSE_RANGE_CLOEXEC");

  expect(closeOnExec(0).args).toEqual([3, 0xffff_ffff, flag]);
  expect(closeOnExec(5).args).toEqual([8, 0xffff_ffff, flag]);
});

test("joinCgroups() moves the writer, which 0 stands for", () => {
  expect(joinCgroups(2).map(({ args }) => args)).toEqual([
    [{ descriptor: "cgroup-0" }, { text: "0" }, 1],
    [{ descriptor: "cgroup-1" }, { text: "0" }, 1],
  ]);
  expect(joinCgroups(0)).toEqual([]);
});

test("waitFor() ends the program when nobody is there any more", () => {
  const words = { origin: "", does: "wait", hint: "The process that was to go on is gone" };

  expect(waitFor("start", "wait")).toEqual([
    {
      call: "read",
      args: [{ descriptor: "start" }, { buffer: "byte", size: 8 }, 1],
      save: "read:wait",
      ...words,
    },
    { jump: "done:wait", when: { slot: "read:wait", isNot: 0 } },
    { fail: "EPIPE", ...words },
    { label: "done:wait" },
  ]);
});

describe("deviceNumber()", () => {
  test.each([
    [1, 3, 0x103],
    [10, 229, 0xae5],
    // Minor numbers beyond 255 stand above the major number: makedev(3) as mknod(2) takes it.
    [8, 256, 0x10_0800],
    [4095, 1_048_575, 0xffff_ffff],
    [253, 0x12345, 0x1230_fd45],
  ])("puts %d:%d into 32 bits", (major, minor, number) => {
    expect(deviceNumber(major, minor)).toBe(number);
  });
});
