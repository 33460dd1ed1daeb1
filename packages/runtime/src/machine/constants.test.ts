import { expect, test } from "bun:test";
import { constant, constantOn, value } from "./constants.ts";
import { nativeArchitecture } from "./syscalls.ts";

test("value() puts flags together, also above 32 bits, and counts each once", () => {
  expect(value()).toBe(0);
  expect(value("MS_BIND", "MS_REC")).toBe(0o50000);
  expect(value("CLONE_INTO_CGROUP", "CLONE_VM", "CLONE_INTO_CGROUP")).toBe(0x2_0000_0100);
  expect(value("CLONE_NEWNET", "CLONE_NEWUSER", "CLONE_INTO_CGROUP")).toBe(0x2_5000_0000);
  expect(value("AT_FDCWD")).toBe(-100);
  expect(value("TIOCGPTN")).toBe(0x8004_5430);
});

test("a constant that is the same on all architectures has one value", () => {
  expect(constant("MS_BIND", "MS_REC", "MS_BIND")).toEqual({
    constant: "MS_BIND|MS_REC",
    value: 0o50000,
  });
  expect(constant()).toEqual({ constant: "0", value: 0 });
});

// arch/arm64/include/uapi/asm/fcntl.h of Linux has these four; the rest is asm-generic/fcntl.h.
test.each([
  ["O_DIRECTORY", 0o200000, 0o40000],
  ["O_NOFOLLOW", 0o400000, 0o100000],
  ["O_DIRECT", 0o40000, 0o200000],
  ["O_LARGEFILE", 0o100000, 0o400000],
  ["O_TMPFILE", 0o20200000, 0o20040000],
] as const)("%s differs between x86-64 and arm64", (name, x8664, arm64) => {
  const both = constant(name, "O_CLOEXEC");

  expect(both.constant).toBe(`${name}|O_CLOEXEC`);
  expect(constantOn(both, "x86-64")).toBe(x8664 + 0o2000000);
  expect(constantOn(both, "arm64")).toBe(arm64 + 0o2000000);
  expect(value(name)).toBe(constantOn(constant(name), nativeArchitecture()));
});

test("O_TMPFILE holds O_DIRECTORY, whatever else is given", () => {
  expect(constant("O_TMPFILE", "O_DIRECTORY")).toMatchObject({
    value: constant("O_TMPFILE").value,
    arm64: constantOn(constant("O_TMPFILE"), "arm64"),
  });
});
