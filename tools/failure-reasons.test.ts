import { expect, test } from "bun:test";
import { failureReasons } from "./failure-reasons.ts";

test("failureReasons() returns what was printed of each test that failed, once", () => {
  const output = `
a.test.ts:
(pass) one [1.00ms]
printed by two
error: expect(received).toBe(expected)
(fail) two [2.00ms]
printed by three
(pass) three [1.00ms]
(fail) four [1.00ms]

2 tests failed:
(fail) two [2.00ms]
(fail) four [1.00ms]
`;
  expect(failureReasons(output)).toEqual([
    "printed by two\nerror: expect(received).toBe(expected)\n(fail) two [2.00ms]",
    "(fail) four [1.00ms]",
  ]);
});

test("failureReasons() keeps the end of what is long", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  const [reason = ""] = failureReasons([...lines, "(fail) it"].join("\n"));
  expect(reason).toStartWith("line 60\n");
  expect(reason).toEndWith("line 99\n(fail) it");
});
