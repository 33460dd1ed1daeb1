import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LinuxResources } from "@ctr/spec";
import { parseFlags } from "./flags.ts";
import { readResources, resourceFlags, resourcesOf } from "./resource-flags.ts";

function resources(...args: readonly string[]): LinuxResources {
  return resourcesOf(parseFlags(resourceFlags, args, "all").flags);
}

describe("resourcesOf()", () => {
  test("names no limit that no flag names", () => {
    expect(resources()).toEqual({});
  });

  test.each([
    ["blkio-weight", "500", { blockIO: { weight: 500 } }],
    ["cpu-period", "100000", { cpu: { period: 100_000 } }],
    ["cpu-quota", "-1", { cpu: { quota: -1 } }],
    ["cpu-burst", "1000", { cpu: { burst: 1000 } }],
    ["cpu-share", "512", { cpu: { shares: 512 } }],
    ["cpu-rt-period", "1000000", { cpu: { realtimePeriod: 1_000_000 } }],
    ["cpu-rt-runtime", "950000", { cpu: { realtimeRuntime: 950_000 } }],
    ["cpuset-cpus", "0-2,7", { cpu: { cpus: "0-2,7" } }],
    ["cpuset-mems", "0", { cpu: { mems: "0" } }],
    ["cpu-idle", "1", { cpu: { idle: 1 } }],
    ["memory", "512m", { memory: { limit: 512 * 2 ** 20 } }],
    ["memory-reservation", "1g", { memory: { reservation: 2 ** 30 } }],
    ["memory-swap", "-1", { memory: { swap: -1 } }],
    ["pids-limit", "10", { pids: { limit: 10 } }],
  ] as const)("reads --%s %s", (name, text, expected) => {
    expect(resources(`--${name}`, text)).toEqual(expected);
  });

  test("has a test for every flag that is not obsolete", () => {
    const names = resourceFlags.filter(({ hidden }) => hidden !== true).map(({ name }) => name);

    expect(names).toHaveLength(14);
  });

  test("puts flags together", () => {
    expect(resources("-m", "64k", "--memory-swap=128k", "--cpu-quota=1", "--cpuset-cpus=")).toEqual(
      {
        memory: { limit: 65_536, swap: 131_072 },
        cpu: { quota: 1, cpus: "" },
      },
    );
  });

  test.each([
    ["1024", 1024],
    ["0", 0],
    ["-1", -1],
    ["10b", 10],
    ["1K", 1024],
    ["1kb", 1024],
    ["1KiB", 1024],
    ["1.5g", 1.5 * 2 ** 30],
    ["2 m", 2 ** 21],
    ["1T", 2 ** 40],
  ])("reads the size %s as %d bytes", (text, bytes) => {
    expect(resources(`--memory=${text}`)).toEqual({ memory: { limit: bytes } });
  });

  test.each(["", "m", "1x", "1.m", "--1", "1m1"])("refuses the size %p", (text) => {
    expect(() => resources(`--memory=${text}`)).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", message: `Cannot use "${text}" for --memory` }),
    );
  });

  test("refuses what is no whole number", () => {
    expect(() => resources("--pids-limit=many")).toThrow("not a whole number");
  });
});

describe("readResources()", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "resources-test-")), "resources.json");
  });
  afterEach(() => rmSync(join(file, ".."), { recursive: true }));

  test("reads limits", () => {
    writeFileSync(file, '{"memory": {"limit": 1024}, "pids": {"limit": 5}}');

    expect(readResources(file)).toEqual({ memory: { limit: 1024 }, pids: { limit: 5 } });
  });

  test("takes null for what is not set, as Go programs write it", () => {
    writeFileSync(file, '{"memory": null, "cpu": {"quota": null, "shares": 5}, "devices": null}');

    expect(readResources(file)).toEqual({ cpu: { shares: 5 } });
  });

  test.each(["{", '{"memory": {"limit": "much"}}', "[]"])("refuses %s", (text) => {
    writeFileSync(file, text);

    expect(() => readResources(file)).toThrow(expect.objectContaining({ kind: "invalid" }));
  });

  test("says that there is no file", () => {
    expect(() => readResources(file)).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_RESOURCES",
        message: expect.stringContaining(`Cannot read the limits "${file}": `),
      }),
    );
  });
});
