import { expect, test } from "bun:test";
import { checkExec, checkLogOf, parseInitDocument } from "./process-document.ts";

test("parseInitDocument() takes what there may be, and what it does not know", () => {
  const document = {
    containerdStdin: "/a",
    containerdStdout: "/b",
    containerdStderr: "/c",
    stdinOnce: true,
    log: { path: "/d", format: "cri", sizeBytesMax: 1, filesMax: 1 },
    drainTimeoutMs: 0,
    terminal: true,
    runtimeId: "web-1a2b",
    runtimeArgs: ["--root", "/run/runc"],
    noPivotRoot: false,
    noNewKeyring: true,
    rootUID: 100_000,
    rootGID: 100_000,
    deleteOnExit: true,
    checkpoint: "",
  };
  expect<object>(parseInitDocument(JSON.stringify(document))).toEqual(document);
  expect(parseInitDocument("{}")).toEqual({});
});

test("parseInitDocument() names the field that is wrong", () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ terminal: "yes" }, "/terminal"],
    [{ runtimeId: "../x" }, "/runtimeId"],
    [{ runtimeId: 5 }, "/runtimeId"],
    [{ runtimeArgs: "--root" }, "/runtimeArgs"],
    [{ runtimeArgs: [1] }, "/runtimeArgs"],
    [{ rootUID: -1 }, "/rootUID"],
    [{ rootGID: 1.5 }, "/rootGID"],
    [{ containerdStdin: "relative" }, "/containerdStdin"],
    [{ containerdStdout: "/a\0b" }, "/containerdStdout"],
    [{ containerdStderr: 5 }, "/containerdStderr"],
    [{ containerdStdin: "/a", openStdin: true }, "/openStdin"],
    [{ log: {} }, "/log/path"],
    [{ log: [] }, "/log"],
    [{ log: { path: "/a", format: "json" } }, "/log/format"],
    [{ log: { path: "/a", sizeBytesMax: 0 } }, "/log/sizeBytesMax"],
    [{ log: { path: "/a", filesMax: 0.5 } }, "/log/filesMax"],
    [{ drainTimeoutMs: "5s" }, "/drainTimeoutMs"],
  ];
  for (const [document, pointer] of wrong) {
    expect(() => parseInitDocument(JSON.stringify(document))).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_PROCESS", kind: "invalid", pointer }),
    );
  }
  for (const text of ["", "{", "[]", "null", '"x"']) {
    expect(() => parseInitDocument(text)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_PROCESS" }),
    );
  }
});

test("checkLogOf() refuses a size for a log that the process itself writes", () => {
  const log = { path: "/a", format: "raw", sizeBytesMax: 5 } as const;
  expect(() => checkLogOf({ log }, false)).toThrow(
    expect.objectContaining({ pointer: "/log/sizeBytesMax" }),
  );
  expect(() => checkLogOf({ log }, true)).not.toThrow();
  expect(() => checkLogOf({ log: { ...log, format: "cri" } }, false)).not.toThrow();
});

test("checkExec() wants arguments", () => {
  for (const process of [undefined, null, "sh", {}, { args: "sh" }, { args: [1] }]) {
    expect(() => checkExec(process, {})).toThrow(expect.objectContaining({ pointer: "/args" }));
  }
  expect(() => checkExec({ args: ["sh"] }, {})).not.toThrow();
  expect(() => checkExec({ args: ["sh"] }, { openStdin: 1 })).toThrow(
    expect.objectContaining({ pointer: "/openStdin" }),
  );
});
