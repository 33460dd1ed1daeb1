import { expect, test } from "bun:test";
import { personalityDomains } from "@ctr/spec";
import { personalitySteps } from "./personality.ts";

test("personalitySteps() sets PER_LINUX32 or PER_LINUX", () => {
  const numbers = { LINUX: 0, LINUX32: 8 };

  for (const domain of personalityDomains) {
    expect(personalitySteps({ domain })).toEqual([
      {
        call: "personality",
        args: [numbers[domain]],
        origin: "/linux/personality",
        does: `set the personality ${domain}`,
      },
    ]);
  }
  expect(personalitySteps(undefined)).toEqual([]);
});
