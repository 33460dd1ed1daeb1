import { expect, test } from "bun:test";
import * as constants from "./constants.ts";
import * as everything from "./index.ts";

/** Returns the inputs of a bundle of `entry`, as the bundler resolves them. */
async function inputsOf(entry: string): Promise<string> {
  const result = await Bun.build({
    entrypoints: [new URL(entry, import.meta.url).pathname],
    target: "bun",
    sourcemap: "external",
  });
  const [map] = result.outputs.filter((output) => output.kind === "sourcemap");
  return JSON.stringify(JSON.parse((await map?.text()) ?? "{}").sources);
}

test("@ctr/spec loads neither zod nor anything of Bun or Node", async () => {
  const inputs = await inputsOf("./index.ts");
  const text = await Bun.file(new URL("./check.ts", import.meta.url)).text();

  expect(inputs).toContain("check.ts");
  expect(inputs).not.toContain("zod");
  expect(inputs).not.toContain("-schema.ts");
  expect(text).not.toMatch(/from "(node|bun):/);
});

test("@ctr/spec/schema loads zod", async () => {
  expect(await inputsOf("./schema.ts")).toContain("zod");
});

/** Returns the paths of the modules that importing `entry` evaluates; those of this package from its folder on. */
function evaluatedModules(entry: string): string {
  const file = JSON.stringify(new URL(entry, import.meta.url).pathname);
  const script = `await import(${file}); console.log(Object.keys(require.cache).join("\\n"));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script]);
  // The checkout may lie anywhere, also in a folder that is named like a module.
  return stdout.toString().replaceAll(import.meta.dir, "src");
}

test("a program that imports @ctr/spec evaluates no module of zod, one of the schemas does", () => {
  expect(evaluatedModules("./index.ts")).toContain("check.ts");
  expect(evaluatedModules("./index.ts")).not.toContain("/zod/");
  expect(evaluatedModules("./schema.ts")).toContain("/zod/");
});

test("@ctr/spec/constants is a part of @ctr/spec, and evaluates nothing that checks or edits", () => {
  const modules = evaluatedModules("./constants.ts")
    .split("\n")
    .filter((name) => name !== "");

  expect(Object.keys(constants).length).toBeGreaterThan(25);
  expect<object>(everything).toMatchObject({ ...constants });
  expect(modules.length).toBeLessThan(30);
  expect(modules.filter((name) => /check|shape|validate|edit\/|upgrade/.test(name))).toEqual([]);
});
