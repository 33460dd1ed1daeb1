import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig, type LinuxResources } from "@ctr/spec";
import {
  createCgroup,
  detectCgroupLayout,
  loadCgroup,
  stringifyStats,
} from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";

// What runc and we write into the control files for the same resources, on whatever cgroups the machine has.
const kernel = linuxKernel();
const layout = detectCgroupLayout(kernel);
const isV2 = layout.mode === "v2";
const work = mkdtempSync(join(tmpdir(), "cgroups-runc-"));
const rootfs = join(work, "rootfs");
const state = join(work, "state");

beforeAll(() => {
  mkdirSync(join(rootfs, "bin"), { recursive: true });
  copyFileSync(Bun.which("busybox") ?? "/bin/busybox", join(rootfs, "bin/busybox"));
});
afterAll(() => rmSync(work, { recursive: true }));

function runc(...args: readonly string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["runc", "--root", state, ...args], {
    // A container that is created keeps these until it is deleted.
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  if (exitCode !== 0) throw new Error(`runc ${args.join(" ")}: ${stderr.toString()}`);
  return stdout.toString();
}

interface RuncContainer {
  readonly id: string;
  readonly paths: Readonly<Record<string, string>>;
}

async function withRunc(
  resources: LinuxResources,
  run: (container: RuncContainer) => unknown,
): Promise<void> {
  const id = `test-runc-${randomUUID()}`;
  const bundle = join(work, id);
  mkdirSync(bundle);
  const { process, linux, ...config } = defaultConfig();
  const args = ["/bin/busybox", "sleep", "1000"];
  const document = {
    ...config,
    root: { path: rootfs },
    process: { ...process, args, terminal: false },
    linux: { ...linux, resources },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(document));
  const child = Bun.spawn(["runc", "--root", state, "create", "--bundle", bundle, id], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(join(bundle, "errors")),
  });
  if ((await child.exited) !== 0) throw new Error(readFileSync(join(bundle, "errors"), "utf8"));
  try {
    const { cgroup_paths } = JSON.parse(readFileSync(join(state, id, "state.json"), "utf8"));
    await run({ id, paths: cgroup_paths });
  } finally {
    runc("delete", "--force", id);
  }
}

const limitFiles =
  /^(cpu\.(shares|cfs_.*|rt_.*|max|idle|weight)|cpuset\.(cpus|mems)|memory\.(.*limit_in_bytes|swappiness|oom_control|max|low|high|swap\.max)|pids\.max|devices\.list|blkio\..*(weight|device).*|io\.(max|weight|bfq\.weight)|cgroup\.controllers)$/;

/** The contents of all files with limits, by controller and name. */
function limits(paths: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [controller, path] of Object.entries(paths)) {
    for (const name of readdirSync(path)) {
      if (!limitFiles.test(name)) continue;
      const lines = readFileSync(join(path, name), "utf8").split("\n");
      found[`${controller}/${name}`] = (name === "devices.list" ? lines.sort() : lines).join("\n");
    }
  }
  return found;
}

/** Any block device; in a virtual machine that has none, one is made by asking which loop device is free. */
function anyDisk(): string | undefined {
  const [disk] = readdirSync("/sys/block");
  if (disk !== undefined) return disk;
  Bun.spawnSync(["losetup", "--find"]);
  return readdirSync("/sys/block")[0];
}

const disk = anyDisk();
const [major = 0, minor = 0] =
  disk === undefined
    ? []
    : readFileSync(`/sys/block/${disk}/dev`, "utf8").trim().split(":").map(Number);

const cases: Readonly<Record<string, LinuxResources>> = {
  nothing: {},
  "the rules of runc spec": { devices: [{ allow: false, access: "rwm" }] },
  "some devices": {
    devices: [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
      { allow: true, type: "b", major: 7, access: "r" },
      { allow: true, type: "b", major: 7, access: "w" },
      { allow: false, type: "c", major: 1, minor: 3, access: "w" },
    ],
  },
  "all devices": { devices: [{ allow: true, access: "rwm" }] },
  memory: { memory: { limit: 64 << 20, reservation: 16 << 20 } },
  "memory and swap": { memory: { limit: 64 << 20, swap: 96 << 20 } },
  "memory without limits": { memory: { limit: -1, swap: -1, reservation: -1 } },
  ...(isV2 ? {} : { "memory of version 1": { memory: { swappiness: 7, disableOOMKiller: true } } }),
  // runc 1.1 converts shares to weights by a straight line; the kernel's default of 1024 is elsewhere on it.
  cpu: {
    cpu: { ...(isV2 ? {} : { shares: 300 }), quota: 25_000, period: 50_000, cpus: "0", mems: "0" },
  },
  "a quota alone": { cpu: { quota: 30_000 } },
  "a period alone": { cpu: { period: 30_000 } },
  "zeros as engines send them": {
    memory: { limit: 0, swap: 0 },
    cpu: { shares: 0, quota: 0, period: 0 },
    blockIO: { weight: 0 },
  },
  tasks: { pids: { limit: 77 } },
  "no limit of tasks": { pids: { limit: -1 } },
  ...(disk === undefined
    ? {}
    : {
        "block I/O": {
          blockIO: {
            weight: 300,
            throttleReadBpsDevice: [{ major, minor, rate: 1 << 20 }],
            throttleWriteIOPSDevice: [{ major, minor, rate: 77 }],
          },
        },
      }),
  ...(isV2 ? { files: { unified: { "memory.high": "33554432", "pids.max": "12" } } } : {}),
};

describe("createCgroup() and runc leave the same in the control files for", () => {
  if (disk === undefined) {
    test.skipIf(disk === undefined)("block I/O cannot be limited: no block device", () => {});
  }
  test.each(Object.keys(cases))("%s", async (name) => {
    const resources = cases[name] ?? {};
    await withRunc(resources, async ({ paths }) => {
      const cgroup = createCgroup(kernel, layout, {
        id: `test-${randomUUID()}`,
        resources,
        rootless: false,
      });
      try {
        const parents = (all: Readonly<Record<string, string>>): Record<string, string> =>
          Object.fromEntries(Object.entries(all).map(([key, path]) => [key, join(path, "..")]));
        const { "": unified, ...legacy } = cgroup.paths;
        // Older releases of runc do not join version 2 in hybrid mode.
        const ours = isV2 || "" in paths ? { ...legacy, "": unified ?? "" } : legacy;
        expect(parents(ours)).toEqual(parents(paths));
        expect(limits(ours)).toEqual(limits(paths));
      } finally {
        await cgroup.delete();
      }
    });
  });
});

/** Without objects and lists that say nothing, which later releases of runc leave out. */
function withoutNothing(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value)
    .map(([key, each]) => [key, withoutNothing(each)] as const)
    .filter(([, each]) => !isNothing(each));
  return Object.fromEntries(kept);
}

function isNothing(value: unknown): boolean {
  return (
    value === 0 || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

/** Pressure is an average over time, and the kernel frees memory of its own when it likes. */
function forgetWhatMoves(stats: Record<string, Record<string, unknown>>): void {
  for (const part of ["cpu", "memory", "blkio"]) delete stats[part]?.["psi"];
  for (const entry of ["usage", "swap", "kernel"]) {
    const figures = stats["memory"]?.[entry];
    // Releases of runc before 1.2 do not know memory.peak of version 2.
    const moving = isV2 ? { usage: "some", max: "some" } : { usage: "some" };
    if (typeof figures === "object") Object.assign(figures ?? {}, moving);
  }
  for (const [name, value] of Object.entries(stats["memory"]?.["raw"] ?? {})) {
    if (/kernel|slab|percpu|vmalloc|sock|stack/.test(name)) {
      Object.assign(stats["memory"]?.["raw"] ?? {}, { [name]: typeof value });
    }
  }
}

test("Cgroup.stats() shows what runc events --stats shows", async () => {
  const resources = { memory: { limit: 64 << 20 }, pids: { limit: 44 } };
  await withRunc(resources, async ({ id, paths }) => {
    const cgroup = loadCgroup(kernel, paths, layout.mode);
    // Nothing may run between the two looks.
    await cgroup.freeze();
    const theirs = JSON.parse(runc("events", "--stats", id));
    const ours = JSON.parse(stringifyStats(cgroup.stats()));
    await cgroup.thaw();
    expect(theirs.type).toBe("stats");
    const expected = withoutNothing(theirs.data) as Record<string, Record<string, unknown>>;
    const actual = withoutNothing(ours) as typeof expected;
    for (const stats of [expected, actual]) forgetWhatMoves(stats);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    expect(actual).toEqual(expected);
  });
});
