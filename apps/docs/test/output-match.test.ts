import { expect, test } from "bun:test";
import { consoleSteps, findExamples } from "./examples.ts";
import { matchesOutput } from "./output-match.ts";

test.each([
  ["hello", "hello\n"],
  ["pid 4711", "pid 12"],
  ["2016-06-15T03:10:37.097Z  exit", "2026-11-24T02:47:08.987123Z    exit   "],
  ["ID   PID\nredis   1", "ID       PID\nredis    16476"],
  ["first\n...\nlast", "first\nlast"],
  ["first\n...\nlast", "first\na\nb\nlast"],
  ["first\n...", "first"],
  ["first\n...", "first\na\nb"],
  ["...\nlast", "a\nlast"],
  ["a ... z", "a (b) z"],
  ["exec-0a1b2c3d", "exec-ffffffff"],
  ["a.b (c)", "a.b (c)\r\n"],
  ["", ""],
])("matchesOutput() takes %p for %p", (expected, actual) => {
  expect(matchesOutput(expected, actual)).toBe(true);
});

test.each([
  ["hello", "hello you"],
  ["hello", "oh hello"],
  ["pid 4711", "pid x"],
  ["a.b", "axb"],
  ["", "something"],
  ["first\n...\nlast", "first\nlast\nmore"],
  ["one\ntwo", "one two"],
])("matchesOutput() does not take %p for %p", (expected, actual) => {
  expect(matchesOutput(expected, actual)).toBe(false);
});

test("findExamples() finds what is marked, with what it prints", () => {
  const page = [
    "# Title",
    "```ts",
    "not(run);",
    "```",
    "```ts example alone",
    "run();",
    "```",
    "prints",
    "```text output",
    "hello",
    "```",
    "```console example",
    "$ ls \\",
    ">   -l",
    "a file",
    "$ true",
    "```",
  ].join("\n");
  const [code, console] = findExamples("a.md", page);

  expect(code).toEqual({
    page: "a.md",
    line: 5,
    language: "ts",
    options: ["alone"],
    text: "run();",
    output: "hello",
  });
  expect(consoleSteps(console?.text ?? "")).toEqual([
    { command: "ls \\\n  -l", output: "a file" },
    { command: "true", output: "" },
  ]);
});

test("findExamples() refuses what it cannot run", () => {
  expect(() => findExamples("a.md", "```go example\n```")).toThrow(
    'a.md:1: cannot run an example of "go"',
  );
  expect(() => findExamples("a.md", "```ts example\n")).toThrow("does not end");
});
