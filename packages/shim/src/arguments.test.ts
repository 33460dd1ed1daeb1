import { expect, test } from "bun:test";
import { parseArguments } from "./arguments.ts";

test("parseArguments() reads what the shim is called with", () => {
  const holds = { id: "web", bundle: "/bundles/web", runtime: "bunc" };
  expect(parseArguments(["web", "/bundles/web", "bunc"])).toEqual({ mode: "hold", ...holds });
  const recovers = { mode: "recover", ...holds } as const;
  expect(parseArguments(["--recover", "web", "/bundles/web", "bunc"])).toEqual(recovers);
  expect(parseArguments(["--spare"])).toEqual({ mode: "spare" });
  expect(parseArguments(["--spare", "   "])).toEqual({ mode: "spare" });
  expect(parseArguments(["--help"])).toEqual({ mode: "help" });
  expect(parseArguments(["web", "--version"])).toEqual({ mode: "version" });
});

test("parseArguments() says what is wrong", () => {
  for (const argv of [
    [],
    ["web"],
    ["web", "/b"],
    ["web", "/b", "bunc", "more"],
    ["web", "b", "bunc"],
    ["--x"],
  ]) {
    expect(() => parseArguments(argv)).toThrow(expect.objectContaining({ code: "ERR_USAGE" }));
  }
  for (const id of ["..", "a/b", ".hidden", ""]) {
    expect(() => parseArguments([id, "/b", "bunc"])).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ID" }),
    );
  }
});
