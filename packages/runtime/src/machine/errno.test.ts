import { expect, test } from "bun:test";
import { describeErrno, errnoName, errnoNumber } from "./errno.ts";

test.each([
  ["ENOENT", "no such file or directory (ENOENT)"],
  ["EPERM", "operation not permitted (EPERM)"],
  ["ENOEXEC", "exec format error (ENOEXEC)"],
  ["ECONNREFUSED", "connection refused (ECONNREFUSED)"],
  ["EISDIR", "is a directory (EISDIR)"],
  ["ERFKILL", "ERFKILL"],
] as const)("describeErrno() has words for %s", (errno, words) => {
  expect(describeErrno(errno)).toBe(words);
});

test("errnoName() is the inverse of errnoNumber()", () => {
  expect(errnoName(errnoNumber("ENOTRECOVERABLE"))).toBe("ENOTRECOVERABLE");
  expect(errnoName(4095)).toBe("EIO");
});
