import { describe, expect, test } from "bun:test";
import {
  comparePointers,
  formatProblems,
  fromPointer,
  type Problem,
  reportProblems,
  sortProblems,
  toPointer,
} from "./problem.ts";

const problem = (pointer: string, fields: Partial<Problem> = {}): Problem => ({
  pointer,
  code: "wrong-type",
  level: "error",
  found: "7",
  allowed: "a string",
  ...fields,
});

describe("formatProblems()", () => {
  test("has a line for each, with the level unless it is an error, and what was meant", () => {
    const text = formatProblems([
      problem(""),
      problem("/a", { level: "warning", meant: '"b"' }),
      problem("/c", { level: "note", found: 'the field "c"', allowed: "a field" }),
    ]);

    expect(text).toBe(
      [
        "the document: found 7, allowed is a string",
        'warning: /a: found 7, allowed is a string; did you mean "b"?',
        'note: /c: found the field "c", allowed is a field',
      ].join("\n"),
    );
  });
});

describe("reportProblems()", () => {
  test("counts by level; warnings and notes leave a document valid", () => {
    const problems = [problem("/a", { level: "warning" }), problem("/b", { level: "note" })];

    expect(reportProblems(problems)).toEqual({
      valid: true,
      counts: { error: 0, warning: 1, note: 1 },
      problems,
    });
    expect(reportProblems([...problems, problem("/c")])).toMatchObject({
      valid: false,
      counts: { error: 1 },
    });
  });

  test("is the same after JSON", () => {
    const report = reportProblems([problem("/a~1b", { meant: '"c"' })]);

    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe("sortProblems()", () => {
  test("orders by parts of the pointer, indices by number, and has equal ones once", () => {
    const pointers = ["/b/10", "/b/9", "/a", "", "/b", "/a", "/b/9/x"];

    const sorted = sortProblems(pointers.map((pointer) => problem(pointer)));

    expect(sorted.map(({ pointer }) => pointer)).toEqual([
      "",
      "/a",
      "/b",
      "/b/9",
      "/b/9/x",
      "/b/10",
    ]);
  });
});

test("sortProblems() keeps what differs at one place", () => {
  const of = (found: string, allowed = "one"): Problem => problem("/a", { found, allowed });

  const sorted = sortProblems([of("x"), of("y"), of("x"), of("x", "two"), problem("/a/0")]);

  expect(sorted).toEqual([of("x"), of("y"), of("x", "two"), problem("/a/0")]);
});

test("pointers keep keys with / and ~", () => {
  const keys = ["a/b", "~1", "", "c~d"];

  expect(toPointer(keys)).toBe("/a~1b/~01//c~0d");
  expect(fromPointer(toPointer(keys))).toEqual(keys);
  expect(comparePointers("/a/2", "/a/10")).toBeLessThan(0);
});
