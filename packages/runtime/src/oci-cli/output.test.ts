import { describe, expect, test } from "bun:test";
import { prettyJson, table } from "./output.ts";

describe("table()", () => {
  test("prints what runc prints: columns of at least 12, three blanks between, none at the end", () => {
    const rows = [
      ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
      ["redis", "4711", "running", "/containers/redis", "2026-01-01T00:00:00.000000001Z", "root"],
      ["w", "0", "stopped", "/c", "2026-01-01T00:00:00Z", "#1000"],
    ];

    expect(table(rows)).toBe(
      [
        "ID          PID         STATUS      BUNDLE              CREATED                          OWNER",
        "redis       4711        running     /containers/redis   2026-01-01T00:00:00.000000001Z   root",
        "w           0           stopped     /c                  2026-01-01T00:00:00Z             #1000",
        "",
      ].join("\n"),
    );
  });

  test("counts what is seen of a text, not its bytes", () => {
    expect(
      table([
        ["名前", "x"],
        ["é", "y"],
      ]),
    ).toBe("名前        x\né           y\n");
  });

  test("takes rows of different lengths, and empty cells", () => {
    expect(table([["a"], ["", "b"]])).toBe("a\n            b\n");
  });
});

test("prettyJson() indents by two blanks, without a newline at the end", () => {
  expect(prettyJson({ a: [1], b: {} })).toBe('{\n  "a": [\n    1\n  ],\n  "b": {}\n}');
});
