import { expect, test } from "bun:test";
import { formatAgo } from "./moment.ts";
import { formatTable, printable } from "./table.ts";

test("formatTable() aligns columns and pads no line's end", () => {
  expect(
    formatTable([
      ["ID", "PID"],
      ["redis", "1"],
    ]),
  ).toBe("ID      PID\nredis   1\n");
});

test("formatTable() counts the columns that a character takes", () => {
  expect(
    formatTable([
      ["日本", "x"],
      ["abcd", "y"],
    ]),
  ).toBe("日本   x\nabcd   y\n");
});

test("printable() lets nothing steer the terminal", () => {
  expect(printable("a\u001b[2J\tb\u009b")).toBe("a\\x1b[2J\\x09b\\x9b");
});

test.each([
  ["2026-06-15T12:00:00Z", "just now"],
  ["2026-06-15T11:59:59Z", "1 second ago"],
  ["2026-06-15T11:57:00Z", "3 minutes ago"],
  ["2026-06-15T10:00:01Z", "1 hour ago"],
  ["2026-06-12T12:00:00Z", "3 days ago"],
  ["2026-06-15T12:00:05Z", "just now"],
])("formatAgo() tells how long ago %p was", (moment, text) => {
  expect(formatAgo(moment, new Date("2026-06-15T12:00:00Z"))).toBe(text);
});
