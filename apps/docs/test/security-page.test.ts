import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dir, "../../..");
const page = readFileSync(join(root, "apps/docs/internals/security.md"), "utf8");

/** Each row with its vulnerabilities and the files that are to test them. */
const rows = page
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .flatMap(([, names = "", , , tests = ""]) => {
    const paths = [...tests.matchAll(/`([^`]+\.ts)`/g)].map(([, path = ""]) => path);
    return paths.length === 0 ? [] : [{ names: names.split(", "), paths }];
  });

test("the page of security names tests that are there, each of which names its vulnerabilities", () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const { names, paths } of rows) {
    // The second file of a row stands in the folder of the first unless it says otherwise.
    const folder = dirname(paths[0] ?? "");
    const files = paths.map((path) => join(root, path.includes("/") ? path : join(folder, path)));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const isUnitTest = files.every((file) => file.includes("/src/"));
    const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
    for (const name of names) if (!isUnitTest) expect(text).toContain(name);
  }
});
