import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  callsFor,
  configFields,
  configFieldsPage,
  homeOf,
  isThere,
  printConfigFieldsPage,
  testsOf,
} from "./config-fields-page.ts";
import { fieldHomes } from "./field-homes.ts";

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");
}

/** The last name of a field, which whoever reads it has to write. */
function nameOf(field: string): string {
  return field.split("/").findLast((part) => part !== "*") ?? "";
}

function mentions(paths: readonly string[], name: string): boolean {
  return paths.some((path) => new RegExp(`\\b${name}\\b`).test(read(path)));
}

test("the page of fields is current; else run packages/runtime/tools/config-fields-page.ts", async () => {
  expect(await Bun.file(configFieldsPage).text()).toBe(printConfigFieldsPage());
});

test("the schema has as many fields as the specification means for Linux", () => {
  expect(configFields().length).toBeGreaterThan(165);
  expect(configFields().filter((field) => /windows|solaris|zos/.test(field))).toEqual([]);
});

const done = configFields().filter((field) => homeOf(field)?.ignored === undefined);

describe.each(done)("%s", (field) => {
  test("is read by a module that exists", () => {
    const modules = (homeOf(field)?.modules ?? []).map((module) => `src/${module}`);

    expect(modules.filter((module) => !isThere(module))).toEqual([]);
    expect(mentions(modules, nameOf(field))).toBe(true);
  });

  test("is in a test", () => {
    const home = homeOf(field);
    const tests = home === undefined ? [] : testsOf(home);

    expect(tests.filter((path) => !isThere(path))).toEqual([]);
    expect(mentions(tests, nameOf(field))).toBe(true);
  });
});

test("what is ignored is ignored by all", () => {
  const ignored = fieldHomes.filter((home) => home.ignored !== undefined);

  expect(ignored.flatMap((home) => [...home.modules, ...testsOf(home), ...callsFor(home)])).toEqual(
    [],
  );
  for (const { field } of ignored) {
    const above = homeOf(field.slice(0, field.lastIndexOf("/")));
    const modules = (above?.modules ?? []).map((module) => `src/${module}`);
    expect(mentions(modules, `\\.${nameOf(field)}`)).toBe(false);
  }
});

test("every home has fields, and stands once", () => {
  const used = new Set(configFields().map(homeOf));

  expect(fieldHomes.filter((home) => !used.has(home)).map(({ field }) => field)).toEqual([]);
  expect(new Set(fieldHomes.map(({ field }) => field)).size).toBe(fieldHomes.length);
});

test("what the init program is to do is done by calls", () => {
  const programmed = fieldHomes.filter(({ modules }) => modules[0]?.startsWith("init/"));
  // Part of how another field is done.
  const parts = ["/mounts/*/options", "/process/env", "/linux/mountLabel"];

  expect(
    programmed.filter((home) => callsFor(home).length === 0).map(({ field }) => field),
  ).toEqual(parts);
});
