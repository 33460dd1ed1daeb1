import { expect, test } from "bun:test";
import { durationMs } from "./duration.ts";

test.each([
  ["5s", 5000],
  ["500ms", 500],
  ["1m30s", 90_000],
  ["1h", 3_600_000],
  ["1.5s", 1500],
  ["1h2m3s4ms", 3_723_004],
])("durationMs() reads %s as %d ms", (text, ms) => {
  expect(durationMs("interval", text)).toBe(ms);
});

test.each(["", "5", "s", "0s", "-5s", "5 s", "5s x", "1d", "5S"])(
  "durationMs() refuses %p",
  (text) => {
    expect(() => durationMs("interval", text)).toThrow(
      expect.objectContaining({
        code: "ERR_USAGE",
        message: `Cannot use "${text}" for --interval`,
      }),
    );
  },
);
