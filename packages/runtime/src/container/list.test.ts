import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@ctr/spec";
import { linuxKernel } from "../kernel/linux.ts";
import { readProcessStat } from "../kernel/process-stat.ts";
import { list, summaryOf } from "./list.ts";
import { removeRemains } from "./state/remains.ts";
import { StateDirectory, type StateDocument } from "./state/state-directory.ts";

const kernel = linuxKernel();
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "list-test-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A container whose first process is this one. */
function make(id: string, change: Partial<StateDocument> = {}): StateDirectory {
  const directory = new StateDirectory(kernel, root, id);
  directory.make();
  directory.writeConfig({ ...defaultConfig(), annotations: { "org.example": id } });
  directory.writeState({
    id,
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    pid: process.pid,
    startTime: readProcessStat(kernel, process.pid)?.startTime ?? 0,
    created: "2026-01-01T00:00:00Z",
    cgroupMode: "v2",
    cgroupPaths: {},
    namespaces: ["mount"],
    remaining: {},
    ...change,
  });
  return directory;
}

describe("list()", () => {
  test("says of each container what there is to say", () => {
    make("web");

    expect(list({ root })).toEqual([
      {
        id: "web",
        pid: process.pid,
        status: "running",
        bundle: "/bundle",
        rootfs: "/bundle/rootfs",
        created: "2026-01-01T00:00:00Z",
        annotations: { "org.example": "web" },
        owner: Bun.spawnSync(["id", "-un"]).stdout.toString().trim(),
      },
    ]);
  });

  test("tells what a container does from its process and the FIFO that it waits at", () => {
    const started = readProcessStat(kernel, process.pid)?.startTime ?? 0;
    make("a-creating", { pid: 0 });
    writeFileSync(make("b-created").execFifo, "");
    make("c-running");
    make("d-stopped", { startTime: started + 1 });

    expect(list({ root }).map(({ id, status, pid }) => [id, status, pid])).toEqual([
      ["a-creating", "creating", 0],
      ["b-created", "created", process.pid],
      ["c-running", "running", process.pid],
      ["d-stopped", "stopped", 0],
    ]);
  });

  test("leaves out what is no container, not yet or no longer", () => {
    make("web");
    mkdirSync(join(root, ".junk"));
    mkdirSync(join(root, "begun"));
    writeFileSync(join(root, "file"), "");

    expect(list({ root }).map(({ id }) => id)).toEqual(["web"]);
    expect(list({ root: join(root, "none") })).toEqual([]);
  });

  test.each(["state.json", "config.json"])(
    "warns of a damaged %s, and lists the others",
    (name) => {
      make("web");
      const { path } = make("broken");
      writeFileSync(join(path, name), "{");
      const warnings: string[] = [];

      const listed = list({ root, onWarning: (message) => warnings.push(message) });

      expect(listed.map(({ id }) => id)).toEqual(["web"]);
      expect(warnings).toEqual([`Cannot read "${path}/${name}": it is damaged`]);
    },
  );
});

describe("summaryOf()", () => {
  test("says the same of one container", () => {
    make("web");

    expect([summaryOf("web", { root })]).toEqual(list({ root }));
  });

  test("throws when there is none", () => {
    expect(() => summaryOf("web", { root })).toThrow(
      expect.objectContaining({ code: "ERR_CONTAINER_NOT_FOUND" }),
    );
  });
});

describe("removeRemains()", () => {
  test("leaves a whole container to others", () => {
    make("web");

    expect(removeRemains("web", { root })).toBe(false);
    expect(list({ root })).toHaveLength(1);
  });

  test("removes what somebody began and did not finish, or what is damaged", () => {
    new StateDirectory(kernel, root, "begun").make();
    writeFileSync(join(make("broken").path, "state.json"), "{");

    for (const id of ["begun", "broken", "none"]) {
      expect(removeRemains(id, { root })).toBe(true);
      expect(Bun.spawnSync(["ls", "-A", root]).stdout.toString()).not.toContain(id);
    }
  });
});
