import { expect, test } from "bun:test";
import { checkConfig } from "./check.ts";
import { minimalConfig } from "./minimal-config.ts";
import { validateConfig } from "./validate/validate-config.ts";

test("minimalConfig() is valid, runs the command and grants nothing", () => {
  const args = ["sh", "-c", "true"];
  const config = minimalConfig({ args, rootfs: "/srv/root" });

  expect(checkConfig(config)).toBe(config);
  expect(validateConfig(config)).toEqual([]);
  expect(config).toMatchObject({
    root: { path: "/srv/root" },
    process: { args, capabilities: {}, noNewPrivileges: true },
  });
  expect(config.linux?.readonlyPaths).toContain("/proc/sysrq-trigger");
  expect(minimalConfig({ args }).root).toEqual({ path: "rootfs" });
});
