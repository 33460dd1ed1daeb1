import { expect, test } from "bun:test";
import * as spec from "../src/index.ts";
import * as schema from "../src/schema.ts";
import { apiReport, printApiReport } from "./api-report.ts";

const timeoutMs = 900_000;

test(
  "the report of the public API is current; else run packages/spec/tools/api-report.ts",
  async () => {
    expect(await Bun.file(apiReport).text()).toBe(printApiReport());
  },
  timeoutMs,
);

test("the report has every value that the package exports", async () => {
  const report = await Bun.file(apiReport).text();
  const names = [...Object.keys(spec), ...Object.keys(schema)];

  expect(names.length).toBeGreaterThan(100);
  expect(
    names.filter((name) => !new RegExp(`^(const|function|class) ${name}\\b`, "m").test(report)),
  ).toEqual([]);
});
