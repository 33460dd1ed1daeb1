import { expect, test } from "bun:test";
import { quietMs } from "./sleeper.ts";

test("quietMs() is what was asked for at first, and after a long sleep", () => {
  expect(quietMs(5000, undefined, 1_000_000)).toBe(5000);
  expect(quietMs(5000, { since: 0, quietMs: 20_000 }, 200_001)).toBe(5000);
});

test("quietMs() doubles for a shim that is woken soon, up to ten minutes", () => {
  const waits: number[] = [];
  for (let last = 5000; waits.length < 9; ) {
    last = quietMs(5000, { since: 0, quietMs: last }, 30);
    waits.push(last);
  }
  expect(waits).toEqual([
    10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000, 600_000,
  ]);
});

test("quietMs() of a shim that never sleeps is 0", () => {
  expect(quietMs(0, undefined, 0)).toBe(0);
});
