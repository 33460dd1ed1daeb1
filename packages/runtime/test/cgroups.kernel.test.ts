import { afterEach, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LinuxResources } from "@ctr/spec";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { until } from "tools/until";
import {
  type Cgroup,
  type CgroupRequest,
  createCgroup,
  detectCgroupLayout,
  loadCgroup,
} from "../src/cgroups/index.ts";
import { FaultingKernel, linuxKernel } from "../src/kernel/index.ts";

const kernel = linuxKernel();
const layout = detectCgroupLayout(kernel);
const isV2 = layout.mode === "v2";
const made: Cgroup[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const cgroup of made.splice(0)) {
    cgroup.kill();
    await cgroup.delete();
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const deadlineMs = 20_000;

function create(request: Partial<CgroupRequest> = {}): Cgroup {
  const cgroup = createCgroup(kernel, layout, {
    id: `test-${randomUUID()}`,
    rootless: false,
    ...request,
  });
  made.push(cgroup);
  return cgroup;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "cgroups-"));
  folders.push(path);
  return path;
}

/** Reads a control file: by its controller on version 1. */
function control(cgroup: Cgroup, controller: string, file: string): string {
  return readFileSync(join(cgroup.paths[isV2 ? "" : controller] ?? "", file), "utf8").trim();
}

type Child = Bun.Subprocess<"ignore", "pipe", "pipe">;

/** Runs a shell script in a cgroup, as a container's init gets there: by its own hand. */
function spawn(cgroup: Cgroup, script: string): Child {
  const paths = [...new Set(Object.values(cgroup.paths))];
  const join = paths.map((path) => `echo $$ > ${path}/cgroup.procs`).join(" && ");
  return Bun.spawn(["sh", "-c", `${join} && ${script}`], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function output(cgroup: Cgroup, script: string): Promise<string> {
  const child = spawn(cgroup, script);
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return (out + err).trim();
}

describe("createCgroup()", () => {
  test("makes a cgroup in every hierarchy and removes it", async () => {
    const cgroup = create();
    for (const path of Object.values(cgroup.paths)) expect(existsSync(path)).toBe(true);
    expect(Object.keys(cgroup.paths)).toEqual(
      layout.hierarchies.flatMap(({ controllers }) => [...controllers]),
    );
    expect(cgroup.mountSources().map(({ path }) => path)).toEqual([
      ...new Set(Object.values(cgroup.paths)),
    ]);
    await cgroup.delete();
    for (const path of Object.values(cgroup.paths)) expect(existsSync(path)).toBe(false);
  });

  test("leaves nothing when any system call fails", async () => {
    const id = `test-${randomUUID()}`;
    const request: CgroupRequest = {
      id,
      path: `/${id}/nested/deep`,
      rootless: false,
      resources: {
        cpu: { shares: 512, quota: 50_000 },
        pids: { limit: 5 },
        memory: { limit: 64 << 20 },
      },
    };
    const left = (): string[] =>
      layout.hierarchies
        .map(({ mountpoint }) => `${mountpoint}/${id}`)
        .filter((path) => existsSync(path));
    let failures = 0;
    for (let failAt = 1; ; failAt++) {
      const faulting = new FaultingKernel(kernel, failAt);
      let cgroup: Cgroup | undefined;
      try {
        cgroup = createCgroup(faulting, layout, request);
      } catch {
        failures++;
        expect([failAt, faulting.failed, left()]).toEqual([failAt, faulting.failed, []]);
      }
      if (cgroup === undefined) continue;
      // A failure that does not matter, such as of a file that may be missing, or none any more.
      await cgroup.delete();
      await loadCgroup(
        kernel,
        Object.fromEntries(
          Object.keys(cgroup.paths).map((key) => [key, parentOf(cgroup.paths[key])]),
        ),
        layout.mode,
      ).delete();
      await loadCgroup(
        kernel,
        Object.fromEntries(
          Object.keys(cgroup.paths).map((key) => [key, parentOf(parentOf(cgroup.paths[key]))]),
        ),
        layout.mode,
      ).delete();
      expect(left()).toEqual([]);
      if (faulting.failed === undefined) break;
    }
    expect(failures).toBeGreaterThan(20);
  });

  test("refuses a cgroup that a process is in", async () => {
    const cgroup = create();
    const child = spawn(cgroup, "exec sleep 100");
    await until("the process joined", () => cgroup.pids(true).length === 1, deadlineMs);
    const path = Object.values(cgroup.paths).find((each) =>
      each.includes(layout.hierarchies[0]?.mountpoint ?? ""),
    );
    const below = `/${path?.slice((layout.hierarchies[0]?.mountpoint.length ?? 0) + 1)}`;
    expect(() => create({ path: below })).toThrow(
      "container's cgroup is not empty: 1 process(es) found",
    );
    child.kill("SIGKILL");
    await child.exited;
  });
});

const parentOf = (path = ""): string => path.slice(0, path.lastIndexOf("/"));

describe("limits", () => {
  test("are in the control files", () => {
    const cgroup = create({
      resources: {
        memory: { limit: 64 << 20, reservation: 32 << 20 },
        cpu: { shares: 512, quota: 20_000, period: 50_000, cpus: "0", mems: "0" },
        pids: { limit: 33 },
      },
    });
    const expected: [string, string, string][] = isV2
      ? [
          ["memory", "memory.max", "67108864"],
          ["memory", "memory.low", "33554432"],
          ["cpu", "cpu.weight", "59"],
          ["cpu", "cpu.max", "20000 50000"],
          ["cpuset", "cpuset.cpus", "0"],
          ["pids", "pids.max", "33"],
        ]
      : [
          ["memory", "memory.limit_in_bytes", "67108864"],
          ["memory", "memory.soft_limit_in_bytes", "33554432"],
          ["cpu", "cpu.shares", "512"],
          ["cpu", "cpu.cfs_quota_us", "20000"],
          ["cpu", "cpu.cfs_period_us", "50000"],
          ["cpuset", "cpuset.cpus", "0"],
          ["pids", "pids.max", "33"],
        ];
    for (const [controller, file, text] of expected) {
      expect([file, control(cgroup, controller, file)]).toEqual([file, text]);
    }
  });

  test("change one at a time, and others stay", () => {
    const cgroup = create({
      resources: { cpu: { shares: 512, quota: 20_000, period: 50_000 }, pids: { limit: 33 } },
    });
    cgroup.apply({ cpu: { quota: 10_000 } });
    if (isV2) expect(control(cgroup, "cpu", "cpu.max")).toBe("10000 50000");
    else expect(control(cgroup, "cpu", "cpu.cfs_period_us")).toBe("50000");
    cgroup.apply({ pids: { limit: -1 } });
    expect(control(cgroup, "pids", "pids.max")).toBe("max");
    expect(control(cgroup, "cpu", isV2 ? "cpu.weight" : "cpu.shares")).toBe(isV2 ? "59" : "512");
  });

  const [limitFile, swapFile] = isV2
    ? ["memory.max", "memory.swap.max"]
    : ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"];

  test("hold for memory and swap in any order", () => {
    const cgroup = create();
    if (!existsSync(join(cgroup.paths[isV2 ? "" : "memory"] ?? "", swapFile))) return;
    const sizes = [
      [64, 128],
      [256, 512],
      [32, 32],
      [-1, -1],
      [64, 64],
    ] as const;
    for (const [limit, swap] of sizes) {
      const bytes = (value: number): number => Math.max(value * 2 ** 20, -1);
      cgroup.apply({ memory: { limit: bytes(limit), swap: bytes(swap) } });
      const none = isV2 ? "max" : "9223372036854771712";
      expect(control(cgroup, "memory", limitFile)).toBe(limit === -1 ? none : String(limit << 20));
    }
  });

  const wrong: [LinuxResources, RegExp][] = [
    [
      { cpu: { quota: 1 } },
      /^Cannot set the CPU quota \(linux\.resources\.cpu\.quota\) to 1(:| )|to 1 100000: invalid argument \(EINVAL\)/,
    ],
    [
      { cpu: { cpus: "4000-4001" } },
      /^Cannot set the CPUs \(linux\.resources\.cpu\.cpus\) to 4000-4001: [a-z ]+ \((EINVAL|ERANGE|EACCES)\)/,
    ],
    [
      { cpu: { mems: "1000" } },
      /^Cannot set the memory nodes \(linux\.resources\.cpu\.mems\) to 1000: [a-z ]+ \((EINVAL|ERANGE)\)/,
    ],
    [
      { hugepageLimits: [{ pageSize: "3MB", limit: 0 }] },
      /^Cannot set the limit of 3MB pages \(linux\.resources\.hugepageLimits\[0\]\.limit\) to 0: /,
    ],
    [
      { rdma: { nosuch0: { hcaHandles: 1 } } },
      /^Cannot set the RDMA limits \(linux\.resources\.rdma\.nosuch0\) to nosuch0 hca_handle=1: /,
    ],
  ];
  test.each(wrong)("that are wrong are refused by name: %j", (resources, message) => {
    const id = `test-${randomUUID()}`;
    expect(() => create({ id, resources })).toThrow(message);
    for (const { own } of layout.hierarchies) expect(existsSync(`${own}/${id}`)).toBe(false);
  });

  test("a limit of tasks holds", async () => {
    const cgroup = create({ resources: { pids: { limit: 1 } } });
    expect(await output(cgroup, "(sleep 0) && echo forked")).toMatch(
      /fork|Resource temporarily unavailable/i,
    );
  });
});

describe("createCgroup() without privileges", () => {
  const nobody = 65534;

  /** Runs as somebody else, as far as this thread's access to files goes. */
  function asNobody<T>(run: () => T): T {
    kernel.call("setfsuid", nobody);
    try {
      return run();
    } finally {
      kernel.call("setfsuid", 0);
    }
  }

  test("does without cgroups where the user may make none", () => {
    const cgroup = asNobody(() => create({ rootless: true }));
    expect(cgroup.paths).toEqual({});
    expect(cgroup.pids(true)).toEqual([]);
  });

  test("fails when a limit or a path asks for them, and names the field", () => {
    const resources = { pids: { limit: 5 } };
    expect(() => asNobody(() => create({ rootless: true, resources }))).toThrow(
      isV2
        ? "(linux.cgroupsPath): permission denied (EACCES)"
        : "(linux.resources.pids.limit) to 5: the container has no cgroup",
    );
    expect(() => asNobody(() => create({ rootless: true, path: "/mine" }))).toThrow(
      "/mine (linux.cgroupsPath): permission denied (EACCES)",
    );
  });

  test.if(isV2)(
    `uses what was given to the user${isV2 ? "" : ": version 1 cannot give cgroups"}`,
    async () => {
      const id = `test-${randomUUID()}`;
      // Limits of what is given stay ours: they hold for all that the user makes below.
      const given = create({ path: `/${id}`, owner: { uid: nobody, gid: nobody } });
      const inner = asNobody(() =>
        create({
          path: `/${id}/inner`,
          rootless: true,
          resources: { pids: { limit: 5 }, memory: { limit: 16 << 20 } },
        }),
      );
      expect(control(inner, "pids", "pids.max")).toBe("5");
      expect(() => asNobody(() => given.apply({ pids: { limit: 9 } }))).toThrow("EACCES");
      await inner.delete();
    },
  );
});

describe("device rules", () => {
  test("allow the default devices and what is given, and nothing else", async () => {
    const here = folder();
    const cgroup = create({
      resources: {
        devices: [
          { allow: false, access: "rwm" },
          { allow: true, type: "c", major: 1, minor: 11, access: "w" },
        ],
      },
    });
    const probe = async (script: string): Promise<boolean> =>
      (await output(cgroup, `${script} 2>/dev/null && echo yes`)).endsWith("yes");
    expect(await probe(": </dev/zero >/dev/null")).toBe(true);
    expect(await probe(`mknod ${here}/kmsg c 1 11`)).toBe(true);
    expect(await probe(`: >${here}/kmsg`)).toBe(true);
    expect(await probe(`: <${here}/kmsg`)).toBe(false);
    expect(await probe(`: <>${here}/kmsg`)).toBe(false);
    expect(await probe(`mknod ${here}/mem c 1 1 && : <${here}/mem`)).toBe(false);
    expect(await probe(`mknod ${here}/loop b 7 0 && : <${here}/loop`)).toBe(false);
  });

  test("that deny a default device do not hold, as in runc", async () => {
    const cgroup = create({
      resources: { devices: [{ allow: false, type: "c", major: 1, minor: 3, access: "rwm" }] },
    });
    expect(await output(cgroup, "echo x >/dev/null && echo yes")).toBe("yes");
  });

  test("may allow all", async () => {
    const here = folder();
    const cgroup = create({ resources: { devices: [{ allow: true, access: "rwm" }] } });
    expect(await output(cgroup, `mknod ${here}/kmsg c 1 11 && : <${here}/kmsg && echo yes`)).toBe(
      "yes",
    );
  });
});

describe("freeze(), thaw() and kill()", () => {
  test("stop processes and let them go on", async () => {
    const cgroup = create();
    const file = join(folder(), "ticks");
    const child = spawn(cgroup, `while :; do echo >> ${file}; sleep 0.01; done`);
    await until("the process runs", () => existsSync(file), deadlineMs);
    await cgroup.freeze();
    expect(cgroup.isFrozen()).toBe(true);
    const ticks = readFileSync(file).length;
    // That nothing happens can only be seen by looking for a while: five of its ticks.
    await Bun.sleep(50);
    expect(readFileSync(file).length).toBe(ticks);
    await cgroup.thaw();
    expect(cgroup.isFrozen()).toBe(false);
    await until("the process goes on", () => readFileSync(file).length > ticks, deadlineMs);
    cgroup.kill();
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
  });

  test("kill frozen processes, those below, and those that fork all the time", async () => {
    const cgroup = create({ resources: { pids: { limit: 100 } } });
    const child = spawn(cgroup, "while :; do (sleep 10 &) ; done 2>/dev/null");
    await until("it forks", () => cgroup.pids(true).length > 20, deadlineMs);
    await cgroup.freeze();
    cgroup.kill();
    await child.exited;
    await until("all are gone", () => cgroup.pids(true).length === 0, deadlineMs);
  });

  test("send other signals, too", async () => {
    const cgroup = create();
    const child = spawn(cgroup, "trap 'exit 7' TERM; while :; do sleep 0.01; done");
    await until("it runs", () => cgroup.pids(true).length > 0, deadlineMs);
    const ended = child.exited;
    const resend = setInterval(() => cgroup.kill(15), 20);
    expect(await ended).toBeOneOf([7, 143]);
    clearInterval(resend);
  });
});

describe("openForJoin()", () => {
  test("lets a process in through descriptors", async () => {
    const cgroup = create();
    using stack = new DisposableStack();
    const { intoCgroup, joins } = cgroup.openForJoin(stack);
    expect(joins.length).toBe(isV2 ? 0 : layout.hierarchies.length);
    expect(intoCgroup !== undefined).toBe(isV2);
    const child = Bun.spawn(
      ["sleep", "100"],
      intoCgroup === undefined ? {} : { cgroup: intoCgroup.number },
    );
    for (const { number } of joins) writeSync(number, String(child.pid));
    expect(cgroup.pids(false)).toEqual([child.pid]);
    child.kill("SIGKILL");
    await child.exited;
  });
});

describe("stats()", () => {
  test("count what was used", async () => {
    const cgroup = create({ resources: { memory: { limit: 64 << 20 }, pids: { limit: 9 } } });
    const child = spawn(cgroup, "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; exec sleep 100");
    // On version 1 it is in the hierarchy of memory some time after that of the CPUs, and in that of tasks later still.
    await until(
      "it computed, and is in all hierarchies",
      () => {
        const { cpu, memory, pids } = cgroup.stats();
        const [used, taken] = [cpu.usage?.total, memory.usage?.usage].map(Number);
        return Number(used) > 1_000_000 && Number(taken) > 0 && Number(pids.current) > 0;
      },
      deadlineMs,
    );
    const { memory, pids } = cgroup.stats();
    expect(memory.usage?.limit).toBe(64 << 20);
    expect(Number(memory.usage?.usage)).toBeGreaterThan(0);
    expect(pids).toEqual({ current: 1, limit: 9 });
    child.kill("SIGKILL");
    await child.exited;
  });
});

describe("oomEvents()", () => {
  // Fills memory without files: the shell doubles a string.
  const glutton = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";

  test("tell when memory runs out", async () => {
    const cgroup = create({
      resources: { memory: { limit: 16 << 20, ...(isV2 ? {} : { swap: 16 << 20 }) } },
    });
    const events = cgroup.oomEvents();
    const next = events.next();
    const child = spawn(cgroup, glutton);
    const { value } = await next;
    await child.exited;
    expect(value?.kills ?? 0).toBeGreaterThanOrEqual(isV2 ? 1 : 0);
    expect(cgroup.oomKills).toBe(1);
    await events.return();
  });

  test("end when the cgroup is gone, and when they are aborted", async () => {
    const cgroup = create();
    const next = cgroup.oomEvents().next();
    const child = spawn(cgroup, "sleep 0.05");
    await child.exited;
    await cgroup.delete();
    expect(await next).toEqual({ done: true, value: undefined });
    const other = create();
    const stop = new AbortController();
    const waiting = other.oomEvents(stop.signal).next();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});

describe("delete()", () => {
  test("removes cgroups below", async () => {
    const cgroup = create();
    for (const path of new Set(Object.values(cgroup.paths)))
      kernel.call("mkdirat", -100, `${path}/inner`, 0o755);
    await cgroup.delete();
    expect(cgroup.exists).toBe(false);
  });

  test("waits for processes that are just ending", async () => {
    const cgroup = create();
    const child = spawn(cgroup, "exec sleep 100");
    await until("it joined", () => cgroup.pids(true).length === 1, deadlineMs);
    cgroup.kill();
    await cgroup.delete();
    expect(cgroup.exists).toBe(false);
    await child.exited;
  });
});

test("no descriptor is left open", async () => {
  const before = openDescriptors();
  const cgroup = create({ resources: { cpu: { shares: 2 } } });
  cgroup.stats();
  await cgroup.freeze();
  cgroup.kill();
  await cgroup.delete();
  expect(openedSince(before)).toEqual([]);
});
