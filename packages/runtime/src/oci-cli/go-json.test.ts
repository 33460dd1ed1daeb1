import { expect, test } from "bun:test";
import { withoutNulls } from "./go-json.ts";

test("withoutNulls() leaves fields out, at any depth, and nothing else", () => {
  const document = {
    a: null,
    b: { c: null, d: 0, e: "", f: false },
    g: [null, { h: null }],
    i: [],
  };

  expect(withoutNulls(document)).toEqual({
    b: { d: 0, e: "", f: false },
    g: [null, {}],
    i: [],
  });
  expect(withoutNulls(null)).toBeNull();
});
