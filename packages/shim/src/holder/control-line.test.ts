import { expect, test } from "bun:test";
import { parseControlLine } from "./control-line.ts";

test("parseControlLine() reads what containerd 0.2 writes", () => {
  expect(parseControlLine("0 0 0")).toEqual({ kind: "closeStdin" });
  expect(parseControlLine("1 80 24")).toEqual({ kind: "resize", columns: 80, rows: 24 });
  expect(parseControlLine(" 1 0 65535 ")).toEqual({ kind: "resize", columns: 0, rows: 65_535 });
});

test("parseControlLine() knows what means nothing", () => {
  for (const line of [
    "",
    "1",
    "1 80",
    "2 80 24",
    "1 -1 5",
    "1 80 24 3",
    "1 65536 5",
    "1 a b",
    "1  80 24",
  ]) {
    expect(parseControlLine(line)).toBeUndefined();
  }
});
