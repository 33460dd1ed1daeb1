import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "./log.ts";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "log-test-")), "log");
});
afterEach(() => rmSync(join(file, ".."), { recursive: true }));

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/;

describe("Log", () => {
  test("writes lines of JSON that engines read, one behind the other", () => {
    const log = new Log(file, "json");
    log.write("error", 'Cannot "do"\nit');
    log.write("debug", "more");

    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { level: "error", msg: 'Cannot "do"\nit', time: expect.stringMatching(time) },
      { level: "debug", msg: "more", time: expect.stringMatching(time) },
    ]);
    expect(statSync(file).mode & 0o133).toBe(0);
  });

  test("says at once when the file cannot be written", () => {
    const path = join(file, "below/log");

    expect(() => new Log(path)).toThrow(`Cannot open the log file "${path}" (--log): `);
  });

  test("writes lines as logrus does", () => {
    new Log(file).write("warning", 'a "b"');

    expect(readFileSync(file, "utf8")).toMatch(
      /^time="[-0-9T:.]+Z" level=warning msg="a \\"b\\""\n$/,
    );
  });

  test("is lines of JSON on stderr when there is no file", () => {
    const script = `import { Log } from ${JSON.stringify(join(import.meta.dir, "log.ts"))};
      const log = new Log(undefined, "json");
      log.warning("beware");
      log.failure(new Error("it failed"), false);`;
    const { stderr } = Bun.spawnSync([process.execPath, "-e", script]);

    const lines = stderr.toString().trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { level: "warning", msg: "beware", time: expect.stringMatching(time) },
      { level: "error", msg: "it failed", time: expect.stringMatching(time) },
    ]);
  });

  test("writes nowhere without a file", () => {
    new Log(undefined).write("error", "x");
    new Log("").write("error", "x");

    expect(existsSync(file)).toBe(false);
  });

  test("knows two formats", () => {
    expect(() => new Log(file, "xml")).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", hint: "There are text and json" }),
    );
  });

  test("warns in the file, unless only errors are asked for", () => {
    new Log(file, "json", "error").warning("not told");
    expect(existsSync(file)).toBe(false);

    for (const level of ["warning", "warn", "info", "debug"])
      new Log(file, "json", level).warning(level);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line).msg)).toEqual([
      "warning",
      "warn",
      "info",
      "debug",
    ]);
  });

  test("tells what is done only when that is asked for", () => {
    new Log(file, "json", "info").debug("not told");
    expect(existsSync(file)).toBe(false);

    new Log(file, "json", "debug").debug("told");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ level: "debug", msg: "told" });
  });

  test("knows the levels of others", () => {
    expect(() => new Log(file, "text", "loud")).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", hint: "There are error, warning, info, debug" }),
    );
  });
});
