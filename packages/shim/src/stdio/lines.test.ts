import { expect, test } from "bun:test";
import { linesOf } from "./lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("linesOf() puts lines together from pieces", () => {
  const lines: string[] = [];
  const take = linesOf((line) => lines.push(line));
  take(bytes("on"));
  expect(lines).toEqual([]);
  take(bytes("e\ntwo\nth"));
  take(bytes("ree\n"));
  expect(lines).toEqual(["one", "two", "three"]);
});

test("linesOf() puts a character together whose bytes come apart", () => {
  const lines: string[] = [];
  const take = linesOf((line) => lines.push(line));
  const [first, ...more] = bytes("ü\n");
  take(new Uint8Array([first ?? 0]));
  take(new Uint8Array(more));
  expect(lines).toEqual(["ü"]);
});

test("linesOf() does not keep a line without end", () => {
  const lines: string[] = [];
  const take = linesOf((line) => lines.push(line));
  for (let round = 0; round < 100; round++) take(bytes("x".repeat(1000)));
  take(bytes("\nnext\n"));
  expect(lines.map((line) => line.length)).toEqual([4096, 4]);
});
