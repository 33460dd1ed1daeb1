import { describe, expect, test } from "bun:test";
import { type Command, checkArguments } from "./command.ts";

function command(min: number, max?: number): Command {
  return {
    name: "example",
    usage: "ID",
    summary: "",
    flags: [],
    arguments: { min, ...(max === undefined ? {} : { max }) },
    run: () => 0,
  };
}

describe("checkArguments()", () => {
  test.each([
    [1, 1, ["a"]],
    [0, 0, []],
    [1, 2, ["a", "b"]],
    [1, undefined, ["a", "b", "c", "d"]],
  ] as [number, number | undefined, string[]][])("from %p to %p takes %p", (min, max, args) => {
    expect(() => checkArguments("bunc", command(min, max), args)).not.toThrow();
  });

  test.each([
    [1, 1, [], "requires exactly 1 argument(s), not 0"],
    [1, undefined, [], "requires a minimum of 1 argument(s), not 0"],
    [0, 1, ["a", "b"], "requires a maximum of 1 argument(s), not 2"],
  ] as [number, number | undefined, string[], string][])(
    "from %p to %p refuses %p in runc's words",
    (min, max, args, words) => {
      expect(() => checkArguments("bunc", command(min, max), args)).toThrow(
        expect.objectContaining({
          code: "ERR_USAGE",
          message: expect.stringContaining(words),
          hint: "Usage: bunc example ID",
        }),
      );
    },
  );
});
