import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile, type LogFileOptions } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "ctr-test-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function open(options: Partial<LogFileOptions> = {}): {
  log: LogFile;
  path: string;
  failures: unknown[];
} {
  const path = join(folder, `log-${++count}`);
  const failures: unknown[] = [];
  const onFailure = (error: unknown): void => void failures.push(error);
  return { log: new LogFile({ path, lines: true, onFailure, ...options }), path, failures };
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("LogFile appends to what is there", () => {
  const { log, path } = open();
  log.append(bytes("one\n"));
  log.close();
  const again = new LogFile({ path, lines: true, onFailure: () => undefined });
  again.append(bytes("two\n"));
  again.close();
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});

test("LogFile begins a new file when a line does not fit", () => {
  const { log, path } = open({ sizeBytesMax: 10, filesMax: 3 });
  log.append(bytes("aaaa\nbbbb\ncccc\ndddd\n"));
  log.append(bytes("eeee\n"));
  expect(readFileSync(path, "utf8")).toBe("eeee\n");
  expect(readFileSync(`${path}.1`, "utf8")).toBe("cccc\ndddd\n");
  expect(readFileSync(`${path}.2`, "utf8")).toBe("aaaa\nbbbb\n");
  log.append(bytes("ffff\ngggg\n"));
  expect(readFileSync(`${path}.2`, "utf8")).toBe("cccc\ndddd\n");
  expect(existsSync(`${path}.3`)).toBe(false);
});

test("LogFile counts what is there already", () => {
  const { log, path } = open({ sizeBytesMax: 10 });
  log.append(bytes("aaaa\n"));
  log.close();
  const again = new LogFile({ path, lines: true, sizeBytesMax: 10, onFailure: () => undefined });
  again.append(bytes("bbbbbb\n"));
  expect(readFileSync(`${path}.1`, "utf8")).toBe("aaaa\n");
});

test("LogFile keeps a line whole that is longer than a file may be, and cuts a raw stream", () => {
  const { log, path } = open({ sizeBytesMax: 4 });
  log.append(bytes("longer\nb\n"));
  expect(readFileSync(`${path}.1`, "utf8")).toBe("longer\n");
  expect(readFileSync(path, "utf8")).toBe("b\n");

  const raw = open({ sizeBytesMax: 4, filesMax: 4, lines: false });
  raw.log.append(bytes("abcdefghij"));
  expect(readFileSync(`${raw.path}.2`, "utf8")).toBe("abcd");
  expect(readFileSync(`${raw.path}.1`, "utf8")).toBe("efgh");
  expect(readFileSync(raw.path, "utf8")).toBe("ij");
});

test("LogFile begins anew in its only file", () => {
  const { log, path } = open({ sizeBytesMax: 5, filesMax: 1 });
  log.append(bytes("aaaa\nbbbb\n"));
  expect(readFileSync(path, "utf8")).toBe("bbbb\n");
  expect(existsSync(`${path}.1`)).toBe(false);
});

test("LogFile survives that somebody removes its file", () => {
  const { log, path, failures } = open({ sizeBytesMax: 5 });
  log.append(bytes("aaaa\n"));
  rmSync(path);
  log.append(bytes("bbbb\n"));
  expect(readFileSync(path, "utf8")).toBe("bbbb\n");
  expect(failures).toEqual([]);
});

test("LogFile opens its path anew", () => {
  const { log, path } = open();
  log.append(bytes("before\n"));
  renameSync(path, `${path}.old`);
  log.reopen();
  log.append(bytes("after\n"));
  expect(readFileSync(path, "utf8")).toBe("after\n");
});

test("LogFile says once that it cannot write", () => {
  const failures: unknown[] = [];
  const log = new LogFile({
    path: "/dev/full",
    lines: true,
    onFailure: (error) => failures.push(error),
  });
  log.append(bytes("one\n"));
  log.append(bytes("two\n"));
  expect(failures).toHaveLength(1);
});
