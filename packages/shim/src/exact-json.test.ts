import { expect, test } from "bun:test";
import { parseExact, stringifyExact } from "./exact-json.ts";

test("whole numbers of any size are written and read exactly", () => {
  const text = '{"a":18446744073709551615,"b":[-9223372036854775808,1,1.5,1e300],"c":"1","d":null}';

  const value = parseExact(text);

  expect(value).toEqual({
    a: 18446744073709551615n,
    b: [-9223372036854775808n, 1, 1.5, 1e300],
    c: "1",
    d: null,
  });
  expect(stringifyExact(value)).toBe(text.replace("1e300", "1e+300"));
});
