import { expect, test } from "bun:test";
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogDocument } from "@ctr/shim/protocol";
import { until } from "tools/until";
import type { LogsQuery } from "../../contract/log.ts";
import { parseCriLine } from "./log-entry.ts";
import { readLog } from "./read-log.ts";

class Log implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "ctr-test-log-"));
  readonly path: string = join(this.folder, "init.log");
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #stop: AbortController = new AbortController();
  #clock = 0;
  readonly document: LogDocument;

  constructor(document: Omit<LogDocument, "path"> = {}) {
    this.document = { path: this.path, ...document };
  }

  /** Adds records such as `out:text`, `err:text` or `out+:part`, a second apart. */
  add(...records: string[]): void {
    for (const record of records) {
      const [, stream, partial, text] = /^(out|err)(\+?):([\s\S]*)$/.exec(record) ?? [];
      const second = String(this.#clock++).padStart(2, "0");
      const tag = partial === "+" ? "P" : "F";
      appendFileSync(
        this.path,
        `2026-01-01T00:00:${second}.000000000Z std${stream} ${tag} ${text}\n`,
      );
    }
  }

  rotate(filesMax = 2): void {
    for (let index = filesMax - 1; index > 0; index--) {
      try {
        renameSync(index === 1 ? this.path : `${this.path}.${index - 1}`, `${this.path}.${index}`);
      } catch {
        // There are not so many yet.
      }
    }
    writeFileSync(this.path, "");
  }

  end(): void {
    this.#ended.resolve();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Reads the log; each line is `text`, `!text` for the standard error, with a `+` at the end when it goes on. */
  async *read(query: LogsQuery = {}): AsyncGenerator<string> {
    const { document: log } = this;
    const { promise: ended } = this.#ended;
    for await (const entries of readLog({ log, query, ended, signal: this.#stop.signal })) {
      for (const { stream, data, isPartial } of entries) {
        const text = new TextDecoder().decode(data);
        yield `${stream === "stderr" ? "!" : ""}${text}${isPartial ? "+" : ""}`;
      }
    }
  }

  all(query: LogsQuery = {}): Promise<string[]> {
    return Array.fromAsync(this.read(query));
  }

  /** Reads on in the background; what was read so far is in the list. */
  follow(query: LogsQuery = {}): { readonly lines: string[]; readonly done: Promise<void> } {
    const lines: string[] = [];
    const run = async (): Promise<void> => {
      for await (const line of this.read({ ...query, follow: true })) lines.push(line);
    };
    return { lines, done: run() };
  }

  [Symbol.dispose](): void {
    this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

test("parseCriLine() reads records, also empty ones, and refuses what is none", () => {
  const parse = (text: string) => parseCriLine(Buffer.from(text));

  expect(parse("2026-01-01T00:00:00Z stdout F a b ")).toMatchObject({
    stream: "stdout",
    isPartial: false,
  });
  expect(Buffer.from(parse("t stdout F a b ")?.data ?? []).toString()).toBe("a b ");
  expect(parse("t stderr P:x part")).toMatchObject({ stream: "stderr", isPartial: true });
  expect(parse("t stdout F ")?.data).toHaveLength(0);
  expect(parse("t stdout F")?.data).toHaveLength(0);
  for (const text of ["", "t", "t stdout", "t stdin F x", "t stdout X x", " stdout F x"]) {
    expect(parse(text)).toBeUndefined();
  }
});

test("everything is read in order, or one stream of it", async () => {
  using log = new Log();
  log.add("out:one", "err:two", "out+:thr", "out:ee", "out:");

  expect(await log.all()).toEqual(["one", "!two", "thr+", "ee", ""]);
  expect(await log.all({ stderr: false })).toEqual(["one", "thr+", "ee", ""]);
  expect(await log.all({ stdout: false })).toEqual(["!two"]);
});

test("a log that is not there is empty", async () => {
  using log = new Log();

  expect(await log.all()).toEqual([]);
  expect(await log.all({ tail: 3 })).toEqual([]);
});

test("since and until bound the time", async () => {
  using log = new Log();
  log.add("out:0", "out:1", "out:2", "out:3");

  expect(await log.all({ since: "2026-01-01T00:00:01Z", until: "2026-01-01T00:00:03Z" })).toEqual([
    "1",
    "2",
  ]);
  expect(await log.all({ since: "1767225602" })).toEqual(["2", "3"]);
  expect(await log.all({ until: "2026-01-01T00:00:03Z", tail: 1 })).toEqual(["2"]);
});

test("tail counts whole lines of the streams that are wanted", async () => {
  using log = new Log();
  log.add("out:a", "err:b", "out+:c1", "err:d", "out+:c2", "out:c3", "err:e");

  expect(await log.all({ tail: 0 })).toEqual([]);
  expect(await log.all({ tail: 1 })).toEqual(["!e"]);
  expect(await log.all({ tail: 2 })).toEqual(["c1+", "c2+", "c3", "!e"]);
  expect(await log.all({ tail: 3 })).toEqual(["c1+", "!d", "c2+", "c3", "!e"]);
  expect(await log.all({ tail: 2, stderr: false })).toEqual(["a", "c1+", "c2+", "c3"]);
  expect(await log.all({ tail: 100 })).toHaveLength(7);
});

test("tail reads back over blocks and over rotated files", async () => {
  using log = new Log({ sizeBytesMax: 1, filesMax: 3 });
  const line = (name: string, index: number): string => `out:${name}${index} ${"x".repeat(500)}`;
  const names = ["a", "b", "c"];
  for (const name of names) {
    if (name !== "a") log.rotate(3);
    for (let index = 0; index < 300; index++) log.add(line(name, index));
  }

  const found = (await log.all({ tail: 450 })).map((text) => text.split(" ")[0]);

  expect(found).toHaveLength(450);
  expect(found[0]).toBe("b150");
  expect(found.at(-1)).toBe("c299");
  expect(await log.all()).toHaveLength(900);
});

test("follow goes on over what is added until the process has ended", async () => {
  using log = new Log();
  const { lines, done } = log.follow();
  log.add("out:one");
  await until("the first line arrives", () => lines.length === 1);

  log.add("err:two");
  await until("the second line arrives", () => lines.length === 2);
  log.add("out:three");
  log.end();
  await done;

  expect(lines).toEqual(["one", "!two", "three"]);
});

test("follow goes on over rotations and misses nothing", async () => {
  using log = new Log({ sizeBytesMax: 1, filesMax: 4 });
  log.add("out:0");
  const { lines, done } = log.follow();
  await until("it is followed", () => lines.length === 1);

  log.add("out:1");
  log.rotate(4);
  log.add("out:2");
  await until("the new file is read", () => lines.length === 3);
  log.rotate(4);
  log.add("out:3");
  log.rotate(4);
  log.add("out:4");
  log.end();
  await done;

  expect(lines).toEqual(["0", "1", "2", "3", "4"]);
});

test("follow with tail begins at the end", async () => {
  using log = new Log();
  log.add("out:0", "out:1", "err:2");
  const { lines, done } = log.follow({ tail: 1 });
  await until("the tail is read", () => lines.length === 1);

  log.add("out:3");
  log.end();
  await done;

  expect(lines).toEqual(["!2", "3"]);
});

test("follow goes on after the file was emptied", async () => {
  using log = new Log();
  log.add("out:before");
  const { lines, done } = log.follow();
  await until("it is followed", () => lines.length === 1);

  truncateSync(log.path);
  await until("the reader has seen it", async () => {
    log.add("out:after");
    return lines.at(-1) === "after";
  });
  log.end();
  await done;
});

test("follow ends when nobody reads", async () => {
  using log = new Log();
  const { done } = log.follow();

  log.stop();

  await done;
});

test("a raw log is lines of one stream, and a last line without a newline counts", async () => {
  using log = new Log({ format: "raw" });
  writeFileSync(log.path, "one\ntwo\nthree");

  expect(await log.all()).toEqual(["one", "two", "three+"]);
  expect(await log.all({ tail: 2 })).toEqual(["two", "three+"]);
  expect(await log.all({ stdout: false })).toEqual([]);
});

test("a line of a raw log that is very long comes in parts", async () => {
  using log = new Log({ format: "raw" });
  writeFileSync(log.path, `${"x".repeat(3_000_000)}\nend\n`);

  const found = await log.all();

  expect(found.at(-1)).toBe("end");
  expect(found.map((text) => text.replace(/\+$/, "")).join("")).toHaveLength(3_000_003);
  expect(found[0]).toEndWith("+");
});

test("follow misses nothing and tells nothing twice while the log is rotated all the time", async () => {
  using log = new Log({ sizeBytesMax: 1, filesMax: 1000 });
  const folder = JSON.stringify(log.path);
  // Another process writes, so that it rotates at any moment of our reading.
  const program = `
    import { appendFileSync, renameSync, existsSync } from "node:fs";
    const path = ${folder};
    for (let i = 0; i < 1000; i++) {
      if (i % 20 === 0 && i > 0) {
        for (let n = 60; n > 0; n--) {
          const from = n === 1 ? path : path + "." + (n - 1);
          if (existsSync(from)) renameSync(from, path + "." + n);
        }
      }
      appendFileSync(path, "2026-01-01T00:00:00.000000000Z stdout F " + i + "\\n");
    }
  `;
  const { lines, done } = log.follow();

  await Bun.spawn([process.execPath, "-e", program]).exited;
  log.end();
  await done;

  expect(lines).toEqual(Array.from({ length: 1000 }, (_, index) => String(index)));
  expect(await log.all()).toEqual(lines);
});
