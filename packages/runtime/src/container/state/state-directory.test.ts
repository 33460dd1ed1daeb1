import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@ctr/spec";
import { SystemCallError } from "../../kernel/kernel.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import { RecordingKernel } from "../../kernel/recording.ts";
import {
  containerNotFound,
  listContainerIds,
  StateDirectory,
  type StateDocument,
} from "./state-directory.ts";

const kernel = linuxKernel();
let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "state-test-")), "deep", "root");
});
afterEach(() => rmSync(join(root, "../.."), { recursive: true }));

const state: StateDocument = {
  id: "web",
  bundle: "/bundle",
  rootfs: "/bundle/rootfs",
  pid: 4711,
  startTime: 123,
  created: "2026-01-01T00:00:00Z",
  cgroupMode: "v2",
  cgroupPaths: {},
  namespaces: ["mount"],
  remaining: { 7: { origin: "/a", does: "x" } },
};

describe("StateDirectory", () => {
  test("makes itself and what it lies in, for its owner alone", () => {
    new StateDirectory(kernel, root, "web").make();

    expect(statSync(join(root, "web")).mode & 0o777).toBe(0o700);
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  test("is made once", () => {
    const directory = new StateDirectory(kernel, root, "web");
    directory.make();

    expect(() => directory.make()).toThrow(
      expect.objectContaining({
        code: "ERR_CONTAINER_EXISTS",
        kind: "conflict",
        message: 'Cannot create container "web": container with given ID already exists',
      }),
    );
  });

  test.each(["", ".", "..", "../x", "a/b", "-x".repeat(600), "a\0b", "a b"])(
    "never makes a path of %p",
    (id) => {
      expect(() => new StateDirectory(kernel, root, id)).toThrow(
        expect.objectContaining({ kind: "invalid" }),
      );
    },
  );

  test("says that it may not be made", () => {
    const refusing = new RecordingKernel(([name]) => {
      if (name === "mkdirat") throw new SystemCallError("mkdirat", "EACCES");
      return 0;
    });

    expect(() => new StateDirectory(refusing, "/run/bunc", "web").make()).toThrow(
      expect.objectContaining({
        kind: "forbidden",
        code: "ERR_STATE_DIRECTORY",
        message:
          'Cannot make the directory "/run/bunc/web" of container "web": permission denied (EACCES)',
      }),
    );
  });

  test("keeps state and configuration, readable for their owner alone", () => {
    const directory = new StateDirectory(kernel, root, "web");
    directory.make();
    const config = defaultConfig();

    expect(directory.readState()).toBeUndefined();
    directory.writeState(state);
    directory.writeState({ ...state, pid: 5 });
    directory.writeConfig(config);

    expect(directory.readState()).toEqual({ ...state, pid: 5 });
    expect(directory.readConfig()).toEqual(config);
    expect(readdirSync(directory.path).toSorted()).toEqual(["config.json", "state.json"]);
    for (const name of ["config.json", "state.json"])
      expect(statSync(join(directory.path, name)).mode & 0o777).toBe(0o600);
  });

  test("says when what it kept is damaged, and what helps", () => {
    const directory = new StateDirectory(kernel, root, "web");
    directory.make();
    writeFileSync(join(directory.path, "state.json"), '{"id":');

    const damaged = (name: string): unknown =>
      expect.objectContaining({
        code: "ERR_STATE_DAMAGED",
        message: `Cannot read "${directory.path}/${name}": it is damaged`,
        hint: '"bunc delete --force web" removes what is left',
      });
    expect(() => directory.readState()).toThrow(damaged("state.json"));
    expect(() => directory.readConfig()).toThrow(damaged("config.json"));
  });

  test("goes with everything in it, and may be gone already", () => {
    const directory = new StateDirectory(kernel, root, "web");
    directory.make();
    directory.writeState(state);
    writeFileSync(directory.execFifo, "");
    writeFileSync(directory.reportFifo, "");

    directory.remove();
    directory.remove();

    expect(existsSync(directory.path)).toBe(false);
    expect(existsSync(root)).toBe(true);
  });

  test("has no document whose pid is another's when it could not be written", () => {
    const directory = new StateDirectory(kernel, root, "web");

    expect(() => directory.writeState(state)).toThrow(SystemCallError);
    expect(existsSync(root)).toBe(false);
  });
});

describe("listContainerIds()", () => {
  test("lists directories by name, not files", () => {
    for (const id of ["web", "db", "a.b"]) new StateDirectory(kernel, root, id).make();
    writeFileSync(join(root, "file"), "");

    expect(listContainerIds(kernel, root)).toEqual(["a.b", "db", "web"]);
  });

  test("lists none without a root", () => {
    expect(listContainerIds(kernel, root)).toEqual([]);
  });
});

test("containerNotFound() says where was looked", () => {
  expect(containerNotFound("web", "/run/bunc").toDocument()).toEqual({
    code: "ERR_CONTAINER_NOT_FOUND",
    kind: "notFound",
    message: 'Cannot find container "web": container does not exist',
    hint: "Containers are looked for in /run/bunc; --root names another place",
  });
});
