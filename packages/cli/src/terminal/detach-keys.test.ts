import { expect, test } from "bun:test";
import { DetachScanner, defaultDetachKeys, parseDetachKeys } from "./detach-keys.ts";

const text = (data: Uint8Array): string => Buffer.from(data).toString("latin1");
const bytes = (data: string): Uint8Array => Buffer.from(data, "latin1");

test("parseDetachKeys() reads characters and control keys", () => {
  expect(text(parseDetachKeys(defaultDetachKeys))).toBe("\x10\x11");
  expect(text(parseDetachKeys("a,ctrl-[,ctrl-@,CTRL-Z"))).toBe("a\x1b\0\x1a");
  expect(parseDetachKeys("")).toHaveLength(0);
});

test.each(["ctrl-", "ctrl-1", "ab", "a,,b", "é"])("parseDetachKeys() refuses %p", (keys) => {
  expect(() => parseDetachKeys(keys)).toThrow("as a key that detaches");
});

/** What passes, piece by piece, and whether the keys were found. */
function scan(keys: string, ...pieces: string[]): string[] {
  const scanner = new DetachScanner(bytes(keys));
  return pieces.map((piece) => {
    const { data, isDetached } = scanner.scan(bytes(piece));
    return `${text(data)}${isDetached ? "|" : ""}`;
  });
}

test("DetachScanner finds its keys wherever they stand", () => {
  expect(scan("PQ", "abPQcd")).toEqual(["ab|"]);
  expect(scan("PQ", "aP", "Qb")).toEqual(["a", "|"]);
});

test("DetachScanner gives back what it has held for nothing", () => {
  expect(scan("PQ", "P", "x")).toEqual(["", "Px"]);
  expect(scan("PQ", "PPPQ")).toEqual(["PP|"]);
  expect(scan("aab", "aaab")).toEqual(["a|"]);
  expect(scan("abac", "ababac")).toEqual(["ab|"]);
});

test("DetachScanner without keys lets everything pass", () => {
  expect(scan("", "PQ\x10\x11")).toEqual(["PQ\x10\x11"]);
});
