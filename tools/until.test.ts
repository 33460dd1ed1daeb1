import { expect, test } from "bun:test";
import { until } from "./until.ts";

test("until() returns what its condition gives at last, also at the deadline", async () => {
  let looks = 0;

  expect(await until("the third look", () => ++looks === 3 && `look ${looks}`)).toBe("look 3");
  expect(await until("zero", () => 0)).toBe(0);
  // Both are there when it looks.
  const past = performance.now() + 20;
  expect(await until("time", () => spin(past), 1)).toBe(true);
});

test("until() names what has not happened, also when the condition does not answer", async () => {
  const never = new Promise<true>(() => undefined);

  for (const condition of [() => false as const, () => undefined, () => never]) {
    await expect(until("the end of days", condition, 20)).rejects.toThrow(
      "Timed out after 20 ms: the end of days",
    );
  }
});

test("until() fails as its condition does", async () => {
  const broken = (): never => {
    throw new Error("broken");
  };

  await expect(until("anything", broken)).rejects.toThrow("broken");
  await expect(until("anything", async () => broken())).rejects.toThrow("broken");
});

/** Keeps the thread until then. */
function spin(until: number): true {
  while (performance.now() < until);
  return true;
}
