import { expect, test } from "bun:test";
import { defaultStateDirectory } from "./address.ts";
import { runtimeIdSuffix } from "./runtime-id-suffix.ts";

test("runtimeIdSuffix() is nothing for the usual state directory, and differs for all others", () => {
  expect(runtimeIdSuffix(defaultStateDirectory())).toBe("");
  expect(runtimeIdSuffix("/run/other")).toMatch(/^-[0-9a-f]{8}$/);
  expect(runtimeIdSuffix("/run/other")).toBe(runtimeIdSuffix("/run/other"));
  expect(runtimeIdSuffix("/run/another")).not.toBe(runtimeIdSuffix("/run/other"));
});
