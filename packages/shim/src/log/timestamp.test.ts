import { expect, setSystemTime, test } from "bun:test";
import { TimestampClock } from "./timestamp.ts";

test("TimestampClock tells RFC 3339 with nine digits, each later than the one before", () => {
  const clock = new TimestampClock();
  const times = Array.from({ length: 5000 }, () => clock.now());
  for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(times.toSorted()).toEqual(times);
  expect(new Set(times).size).toBe(times.length);
});

test("TimestampClock follows a clock that is set back", () => {
  const clock = new TimestampClock();
  clock.now();
  try {
    setSystemTime(new Date("2016-10-06T00:17:09.669Z"));
    expect(clock.now()).toBe("2016-10-06T00:17:09.669000000Z");
    expect(clock.now() > "2016-10-06T00:17:09.669000000Z").toBe(true);
  } finally {
    setSystemTime();
  }
});
