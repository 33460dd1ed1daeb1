import { describe, expect, test } from "bun:test";
import { type Flag, parseFlags } from "./flags.ts";

const flags: readonly Flag[] = [
  { name: "pid-file", value: "FILE", help: "" },
  { name: "bundle", short: "b", value: "DIR", help: "" },
  { name: "detach", short: "d", help: "" },
  { name: "env", short: "e", value: "X", list: true, help: "" },
];

describe("parseFlags()", () => {
  test("takes values behind a blank and an equals sign, with one dash and with two", () => {
    for (const args of [
      ["--bundle", "x"],
      ["--bundle=x"],
      ["-b", "x"],
      ["-bundle", "x"],
      ["-b=x"],
    ]) {
      expect(parseFlags(flags, args, "all").flags.text("bundle")).toBe("x");
    }
  });

  test("keeps an equals sign in a value, and an empty value", () => {
    const { flags: given } = parseFlags(flags, ["-e", "A=B=C", "--bundle="], "all");
    expect(given.list("env")).toEqual(["A=B=C"]);
    expect(given.text("bundle")).toBe("");
  });

  test("finds flags after arguments, unless these are somebody else's", () => {
    expect(parseFlags(flags, ["id", "-d"], "all").flags.has("detach")).toBe(true);
    const { flags: given, rest } = parseFlags(
      flags,
      ["-d", "id", "sh", "-c", "--", "x"],
      "leading",
    );
    expect(given.has("detach")).toBe(true);
    expect(rest).toEqual(["id", "sh", "-c", "--", "x"]);
  });

  test("ends at two dashes", () => {
    expect(parseFlags(flags, ["a", "--", "-d"], "all").rest).toEqual(["a", "-d"]);
  });

  test("takes a flag back", () => {
    expect(parseFlags(flags, ["--detach=false"], "all").flags.has("detach")).toBe(false);
  });

  test("refuses unknown flags and missing values, and says what may have been meant", () => {
    expect(() => parseFlags(flags, ["--detatch"], "all")).toThrow(
      'Cannot understand the flag "--detatch"',
    );
    expect(() => parseFlags(flags, ["--pid-file"], "all")).toThrow(
      "Cannot use --pid-file without FILE",
    );
    expect(() => parseFlags(flags, ["--bundle=x"], "all").flags.number("bundle")).toThrow(
      "not a whole number",
    );
  });
});
