import { expect, test } from "bun:test";
import { configRules } from "../src/validate/config-rules.ts";
import { printRulesPage, rulesPage } from "./rules-page.ts";

test("the page of rules is current; else run packages/spec/tools/rules-page.ts", async () => {
  expect(await Bun.file(rulesPage).text()).toBe(printRulesPage());
});

test("the package's first page has their number", async () => {
  const text = await Bun.file(new URL("../README.md", import.meta.url)).text();

  expect(text).toContain(`[${configRules.length} named rules]`);
});

test("the page has every rule once, with its sentence", () => {
  const page = printRulesPage();

  for (const { name, section } of configRules) {
    expect(page.split(`\n### ${name}\n`)).toHaveLength(2);
    expect(page).toContain(`; ${section}\n\n> `);
  }
});
