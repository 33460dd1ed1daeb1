import { expect, test } from "bun:test";
import { commandGroups } from "../src/commands.ts";
import { printReferencePage, referencePage } from "./reference-page.ts";

test("the page of the commands is current; else run packages/cli/tools/reference-page.ts", async () => {
  expect(await Bun.file(referencePage).text()).toBe(await printReferencePage());
});

test("the page has every command once", async () => {
  const page = await printReferencePage();
  const titles = commandGroups.flatMap(({ prefix, commands }) =>
    Object.keys(commands).map((name) => (prefix === undefined ? name : `${prefix} ${name}`)),
  );
  for (const title of titles) {
    expect(page.match(new RegExp(`^### ctr ${title}(,|$)`, "gm"))).toHaveLength(1);
  }
});
