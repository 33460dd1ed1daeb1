/** `update` under us and under runc: what stands in the control files after each call, flag by flag. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LinuxResources } from "@ctr/spec";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { RuntimeCommand, type RuntimeName } from "./runtime-command.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
const names = ["bunc", "runc"] as const;
const runtimes = {
  bunc: new RuntimeCommand("bunc", bundle),
  runc: new RuntimeCommand("runc", bundle),
};
const ids: Partial<Record<RuntimeName, string>> = {};
const isV2 = detectCgroupLayout(linuxKernel()).mode === "v2";

beforeAll(async () => {
  const config = withLinux(bundle.config("exec sleep 1000"), {
    resources: {
      memory: { limit: 96 << 20, reservation: 16 << 20 },
      cpu: { quota: 40_000, period: 80_000, ...(isV2 ? {} : { shares: 700 }) },
      pids: { limit: 33 },
    },
  });
  for (const name of names) ids[name] = await runtimes[name].start(config);
});
afterAll(async () => {
  for (const name of names) await runtimes[name][Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

function pathsOf(name: RuntimeName): Readonly<Record<string, string>> {
  const state = join(runtimes[name].root, ids[name] ?? "", "state.json");
  const { cgroupPaths, cgroup_paths: theirs } = JSON.parse(readFileSync(state, "utf8"));
  return cgroupPaths ?? theirs;
}

const limitFiles =
  /^(cpu\.(shares|cfs_(quota|period)_us|max|weight)|cpuset\.(cpus|mems)|memory\.(limit_in_bytes|memsw\.limit_in_bytes|soft_limit_in_bytes|max|low|swap\.max)|pids\.max|(blkio|io)\.(bfq\.)?weight)$/;

/** All limits of a container, by file. */
function limitsOf(name: RuntimeName): Record<string, string> {
  const found: Record<string, string> = {};
  for (const path of new Set(Object.values(pathsOf(name)))) {
    for (const file of readdirSync(path).filter((each) => limitFiles.test(each))) {
      found[file] = readFileSync(join(path, file), "utf8").trim();
    }
  }
  return found;
}

/** The period of the CPU quota. */
function periodOf(name: RuntimeName): string {
  const limits = limitsOf(name);
  return limits["cpu.cfs_period_us"] ?? limits["cpu.max"]?.split(" ")[1] ?? "";
}

/** Reads one file of ours. */
function read(controller: string, file: string): string | undefined {
  const path = join(pathsOf("bunc")[isV2 ? "" : controller] ?? "", file);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

const withSwap = isV2 || existsSync("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");

const flagSets: readonly (readonly string[])[] = [
  ["--memory", "67108864"],
  ["--memory", "80m", ...(withSwap ? ["--memory-swap", "128m"] : [])],
  ["--memory-reservation", "32M"],
  ["--cpu-quota", "20000"],
  ["--cpu-period", "50000", "--cpu-quota", "25000"],
  ["--cpu-quota", "-1"],
  // runc 1.1 converts shares for version 2 in another way than the kernel's developers later decided.
  ...(isV2 ? [] : [["--cpu-share", "512"]]),
  ["--cpuset-cpus", "0", "--cpuset-mems", "0"],
  ["--pids-limit", "50"],
  ["--pids-limit=-1"],
  ["--memory", "-1", ...(withSwap ? ["--memory-swap", "-1"] : [])],
];

describe("update leaves what runc leaves, and nothing else changes, with", () => {
  // In any order, each upon what those before have left.
  test.each(flagSets.map((flags) => [flags] as const))("%p", async (flags) => {
    const period = periodOf("bunc");
    for (const name of names) await runtimes[name].output("update", ...flags, ids[name] ?? "");
    if (isV2 && flags.includes("--cpu-quota") && !flags.includes("--cpu-period")) {
      // runc goes back to the period that it takes for the default; what is not named is to stay.
      expect(periodOf("bunc")).toBe(period);
      await runtimes.runc.output("update", "--cpu-period", period, ...flags, ids.runc ?? "");
    }
    expect(limitsOf("bunc")).toEqual(limitsOf("runc"));
  });

  test("a share of block I/O, or neither can", async () => {
    const call = async (name: RuntimeName): Promise<number> =>
      (await runtimes[name].call(["update", "--blkio-weight", "300", ids[name] ?? ""])).status;
    expect(await call("bunc")).toBe(await call("runc"));
    expect(limitsOf("bunc")).toEqual(limitsOf("runc"));
  });

  const resources: LinuxResources = { memory: { limit: 48 << 20 }, pids: { limit: 44 } };

  test("a file", async () => {
    const file = join(bundle.path, "resources.json");
    writeFileSync(file, JSON.stringify(resources));
    for (const name of names) {
      await runtimes[name].output("update", "--resources", file, ids[name] ?? "");
    }
    expect(limitsOf("bunc")).toEqual(limitsOf("runc"));
    expect(read("pids", "pids.max")).toBe("44");
  });

  test("the standard input", async () => {
    const input = JSON.stringify({ cpu: { quota: 30_000, period: 60_000 } });
    for (const name of names) {
      const { status } = await runtimes[name].call(["update", "-r", "-", ids[name] ?? ""], {
        input,
      });
      expect([name, status]).toEqual([name, 0]);
    }
    expect(limitsOf("bunc")).toEqual(limitsOf("runc"));
  });
});

/** Those that this release of runc may not have, or whose files the machine may not. */
describe("update sets", () => {
  const [burst, idle] = isV2 ? ["cpu.max.burst", "cpu.idle"] : ["cpu.cfs_burst_us", "cpu.idle"];

  test("the burst", async () => {
    if (read("cpu", burst) === undefined) return;
    await runtimes.bunc.output("update", "--cpu-burst", "7000", ids.bunc ?? "");
    expect(read("cpu", burst)).toBe("7000");
  });

  test("whether it is idle, and back", async () => {
    if (read("cpu", idle) === undefined) return;
    const shares = read("cpu", "cpu.shares");
    for (const value of ["1", "0"]) {
      await runtimes.bunc.output("update", "--cpu-idle", value, ids.bunc ?? "");
      expect(read("cpu", idle)).toBe(value);
    }
    // Linux forgets the shares of a cgroup that was idle; other tests compare them.
    if (shares !== undefined) {
      await runtimes.bunc.output("update", "--cpu-share", shares, ids.bunc ?? "");
    }
  });

  test.if(!isV2)("the memory of TCP buffers", async () => {
    await runtimes.bunc.output("update", "--kernel-memory-tcp", "16m", ids.bunc ?? "");
    expect(read("memory", "memory.kmem.tcp.limit_in_bytes")).toBe(String(16 << 20));
  });

  test("a budget of real time, or says that it cannot", async () => {
    const args = ["--cpu-rt-period", "1000000", "--cpu-rt-runtime", "100", ids.bunc ?? ""];
    const { status, stderr } = await runtimes.bunc.call(["update", ...args]);
    if (status === 0) expect(read("cpu", "cpu.rt_runtime_us")).toBeOneOf(["100", undefined]);
    else expect(stderr).toContain("linux.resources.cpu.realtime");
  });
});

describe("update refuses, and leaves all as it was,", () => {
  test.each([
    [["--memory", "lots"]],
    [["--pids-limit", "1.5"]],
    [["--cpu-quota", "1"]],
    [["--cpuset-cpus", "9999"]],
    [["--resources", "/nonexistent"]],
    [["--l3-cache-schema", "L3:0=f"]],
  ])("%p", async (flags) => {
    const before = limitsOf("bunc");
    const { status, stderr } = await runtimes.bunc.call(["update", ...flags, ids.bunc ?? ""]);
    expect(status).toBe(1);
    expect(stderr).toStartWith("bunc: Cannot ");
    expect(limitsOf("bunc")).toEqual(before);
  });
});
