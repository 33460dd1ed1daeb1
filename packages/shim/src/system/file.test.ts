import { afterAll, expect, test } from "bun:test";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDurably, writeText } from "./file.ts";

const folder = mkdtempSync(join(tmpdir(), "ctr-test-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

const writers = [
  ["writeText()", writeText],
  ["writeDurably()", (path: string, text: string) => writeDurably(path, text, 1000)],
] as const;

test.each(writers)("%s puts a whole file in the place of another", (name, write) => {
  const path = join(folder, name);
  write(path, "the first text");
  // Who has it open sees neither an empty file nor half of the next text.
  const reader = openSync(path, "r");
  write(path, "second");
  expect(readFileSync(reader, "utf8")).toBe("the first text");
  closeSync(reader);
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((entry) => entry.endsWith(".tmp"))).toEqual([]);
});
