import { expect, test } from "bun:test";
import { programEnvironment } from "./program-command.ts";

test("programEnvironment() passes on nothing that steers Bun or the loader", () => {
  expect(
    programEnvironment({
      PATH: "/bin",
      HOME: "/root",
      CTR_ADDRESS: "/run/x/ctr.sock",
      BUN_OPTIONS: "--preload /tmp/evil.ts",
      BUN_BE_BUN: "1",
      LD_PRELOAD: "/tmp/evil.so",
      NODE_OPTIONS: "--require /tmp/evil.js",
      BUN_JSC_useJIT: "0",
      SECRET: "x",
      TZ: undefined,
    }),
  ).toEqual({ PATH: "/bin", HOME: "/root", CTR_ADDRESS: "/run/x/ctr.sock" });
});
