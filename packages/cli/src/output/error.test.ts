import { expect, test } from "bun:test";
import { ContainerError, type ErrorKind, errorKinds } from "@ctr/spec";
import { exitCodeOf, formatError } from "./error.ts";

const kinds: ErrorKind[] = [
  "invalid",
  "notFound",
  "conflict",
  "forbidden",
  "unsupported",
  "unavailable",
  "internal",
];

test.each(kinds)("exitCodeOf() tells an error of kind %p", (kind) => {
  const error = new ContainerError("Cannot", { code: "ERR_X", kind });

  expect(exitCodeOf(error)).toBe(errorKinds[kind].exitCode);
});

test("exitCodeOf() takes any other error for a defect", () => {
  expect(exitCodeOf(new TypeError("x"))).toBe(1);
  expect(exitCodeOf("x")).toBe(1);
});

const error = new ContainerError('Cannot find container "redis"', {
  code: "ERR_CONTAINER_NOT_FOUND",
  kind: "notFound",
  hint: 'Run "ctr list"',
  cause: new Error("ENOENT"),
});

test("formatError() gives the message with its code, and the hint", () => {
  expect(formatError(error, { json: false, debug: false })).toBe(
    'ctr: Cannot find container "redis" (ERR_CONTAINER_NOT_FOUND)\nhint: Run "ctr list"\n',
  );
});

test("formatError() keeps lines apart, and lets nothing steer the terminal", () => {
  const odd = new ContainerError("Cannot read \u001b[2J:\nfirst\nsecond", {
    code: "ERR_X",
    kind: "invalid",
  });

  expect(formatError(odd, { json: false, debug: false })).toBe(
    "ctr: Cannot read \\x1b[2J:\nfirst\nsecond (ERR_X)\n",
  );
});

test("formatError() gives one line of JSON", () => {
  const text = formatError(error, { json: true, debug: true });

  expect(text).toEndWith("}\n");
  expect(text.split("\n")).toHaveLength(2);
  expect(JSON.parse(text)).toEqual(error.toDocument());
});

test("formatError() gives the causes to who debugs", () => {
  const text = formatError(error, { json: false, debug: true });

  expect(text).toContain("error.test.ts");
  expect(text).toContain("caused by Error: ENOENT");
});

test("formatError() asks for a report of what nobody threw on purpose", () => {
  expect(formatError(new TypeError("x is not a function"), { json: false, debug: false })).toBe(
    "ctr: x is not a function (ERR_INTERNAL)\nhint: This is a defect: run it again with --debug, and report what it prints\n",
  );
});
