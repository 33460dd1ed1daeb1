import { expect, test } from "bun:test";
import { versionText } from "./version.ts";

test("versionText() tells the features for those who know crun", () => {
  expect(versionText("crun")).toMatch(/^crun version \d/);
  expect(versionText("crun").split("\n").at(-2)).toMatch(/^(\+[A-Z]+ ?)+$/);
  expect(versionText("runc")).not.toContain("+");
});
