import { expect, test } from "bun:test";
import { parseTime } from "./parse-time.ts";

test("parseTime() brings every form to UTC with nanoseconds", () => {
  expect(parseTime("2016-10-06T02:17:09.5+02:00")).toBe("2016-10-06T00:17:09.500000000Z");
  expect(parseTime("2016-10-06t00:17:09.669794202z")).toBe("2016-10-06T00:17:09.669794202Z");
  expect(parseTime("2016-10-06T00:17:09.6697942021Z")).toBe("2016-10-06T00:17:09.669794202Z");
  expect(parseTime("1475713029.25")).toBe("2016-10-06T00:17:09.250000000Z");
  expect(parseTime("0")).toBe("1970-01-01T00:00:00.000000000Z");
});

test("parseTime() refuses what is no time", () => {
  for (const text of [
    "",
    "now",
    "-1",
    "2016-10-06",
    "2016-13-06T00:00:00Z",
    "10m",
    "999999999999999",
  ]) {
    expect(parseTime(text)).toBeUndefined();
  }
});
