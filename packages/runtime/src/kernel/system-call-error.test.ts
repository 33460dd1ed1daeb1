import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SystemCallError } from "./kernel.ts";
import { linuxKernel } from "./linux.ts";
import { isErrno, reasonOf } from "./system-call-error.ts";

const caught = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

test("reasonOf() says the same of a file that is missing, whoever looked for it", () => {
  const ours = caught(() => linuxKernel().call("openat", -100, "/nonexistent", 0, 0));
  expect(isErrno(ours, "ENOENT")).toBe(true);
  expect(String(ours)).toBe(
    'SystemCallError: openat "/nonexistent": no such file or directory (ENOENT)',
  );
  expect(reasonOf(ours)).toBe("no such file or directory (ENOENT)");
  expect(reasonOf(caught(() => readFileSync("/nonexistent")))).toBe(reasonOf(ours));
});

test("reasonOf() takes the words of other errors", () => {
  expect(reasonOf(caught(() => JSON.parse("{")))).toStartWith("JSON Parse error: ");
  expect(reasonOf(new SystemCallError("mount", "ERFKILL"))).toBe("ERFKILL");
  expect(reasonOf(Object.assign(new Error("words"), { code: "ERR_X" }))).toBe("words");
  expect(reasonOf("text")).toBe("text");
});
