import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@ctr/spec";
import { peekConfig } from "./bundle-config.ts";

const bundle = mkdtempSync(join(tmpdir(), "ctr-test-bundle-"));
afterAll(() => rmSync(bundle, { recursive: true }));

function peek(config: unknown): ReturnType<typeof peekConfig> {
  writeFileSync(
    join(bundle, "config.json"),
    typeof config === "string" ? config : JSON.stringify(config),
  );
  return peekConfig(bundle);
}

test("peekConfig() sees the terminal, its size and the pid namespace", () => {
  expect(peek(defaultConfig())).toEqual({
    terminal: true,
    consoleSize: undefined,
    hasOwnPidNamespace: true,
  });
  expect(
    peek({ process: { terminal: true, consoleSize: { width: 80, height: 24 } } }).consoleSize,
  ).toEqual({ width: 80, height: 24 });
  expect(peek({ process: { consoleSize: { width: 0, height: 0 } } }).consoleSize).toBeUndefined();
});

test("peekConfig() knows a pid namespace that is shared", () => {
  for (const namespaces of [[], [{ type: "mount" }], [{ type: "pid", path: "/proc/1/ns/pid" }]]) {
    expect(peek({ linux: { namespaces } }).hasOwnPidNamespace).toBe(false);
  }
  expect(peek({ linux: { namespaces: [{ type: "pid", path: "" }] } }).hasOwnPidNamespace).toBe(
    true,
  );
});

test("peekConfig() leaves complaints to the runtime", () => {
  const nothing = { terminal: false, consoleSize: undefined, hasOwnPidNamespace: false };
  for (const text of ["", "{", "{}"]) expect(peek(text)).toEqual(nothing);
  expect(peekConfig(join(bundle, "missing"))).toEqual(nothing);
});
