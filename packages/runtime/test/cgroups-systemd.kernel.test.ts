import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "tools/until";
import { createSystemdCgroup, detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { runScenario, type ScenarioReport } from "./systemd-scenario.ts";

// A systemd of its own is started only in a throw-away machine: it takes over a part of the cgroup tree.
const systemd = "/lib/systemd/systemd";
const available = process.env["CTR_IN_VM"] === "1" && existsSync(systemd);

/** How long a systemd may take to come up, or its cgroups to go. */
const upOrGoneMs = 60_000;

function checkReport(report: ScenarioReport, root: string, id: string): void {
  expect(report.path).toBe(`/sys/fs/cgroup/${root}/bunc.slice/bunc-test.slice/bunc-${id}.scope`);
  expect(report.pids).toEqual([report.child]);
  expect(report.shown).toMatchObject({
    MemoryMax: "67108864",
    MemoryLow: "16777216",
    MemoryHigh: "50331648",
    MemorySwapMax: "33554432",
    TasksMax: "33",
    CPUWeight: "39",
    CPUQuotaPerSecUSec: "510ms",
    CPUQuotaPeriodUSec: "50ms",
    TimeoutStopUSec: "7s",
    CollectMode: "inactive-or-failed",
    Slice: "bunc-test.slice",
    Delegate: "yes",
    DevicePolicy: "strict",
    ActiveState: "active",
  });
  expect(report.shown["DeviceAllow"]).toContain("/dev/char/10:229 rw");
  const files = {
    "memory.max": "67108864",
    "memory.low": "16777216",
    "memory.high": "50331648",
    "memory.swap.max": "33554432",
    "cpu.weight": "39",
    "cpu.max": "25500 50000",
    "pids.max": "33",
  };
  expect(report.files).toEqual(files);
  expect(report.shownAfterUpdate).toEqual({ TasksMax: "44", MemoryMax: "67108864" });
  expect(report.filesAfterReload).toEqual({ ...files, "pids.max": "44" });
  expect(report.secondError).toContain(`Cannot start the unit bunc-${id}.scope: `);
  expect(report.failedError).toContain("Cannot set the CPUs (linux.resources.cpu.cpus) to 5000");
  expect([report.failedState, report.stateAfterDelete]).toEqual(["not-found", "not-found"]);
  expect(report.existsAfterDelete).toBe(false);
}

/** Its hooks would run, or be reported as skipped, without a systemd. */
function describeScopes(): void {
  const work = mkdtempSync(join(tmpdir(), "systemd-"));
  const id = `test-${randomUUID()}`;

  afterAll(() => rmSync(work, { recursive: true }));

  describe("by a user's systemd", () => {
    const cgroup = "/sys/fs/cgroup/systemd-user";
    const runtime = join(work, "runtime");
    const before = process.env["XDG_RUNTIME_DIR"];
    let manager: Bun.Subprocess | undefined;

    beforeAll(async () => {
      mkdirSync(runtime, { mode: 0o700 });
      mkdirSync(cgroup);
      // systemd looks for this to see whether it is the machine's init.
      mkdirSync("/run/systemd/system", { recursive: true });
      process.env["XDG_RUNTIME_DIR"] = runtime;
      manager = Bun.spawn([systemd, "--user"], {
        cgroup,
        env: { ...process.env, XDG_RUNTIME_DIR: runtime },
        stdout: Bun.file(join(work, "user.log")),
        stderr: Bun.file(join(work, "user.log")),
      });
      await until(
        "the user's systemd is up",
        () => existsSync(`${runtime}/systemd/private`),
        upOrGoneMs,
      );
    });

    afterAll(async () => {
      manager?.kill("SIGKILL");
      await manager?.exited;
      writeFileSync(`${cgroup}/cgroup.kill`, "1");
      if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
      else process.env["XDG_RUNTIME_DIR"] = before;
      await until("its cgroups are gone", () => removed(cgroup), upOrGoneMs);
      rmSync("/run/systemd/system", { recursive: true });
    });

    test("are made, changed and removed", async () => {
      checkReport(await runScenario(id, true), "systemd-user", id);
    });
  });

  describe("by the machine's systemd", () => {
    const cgroup = "/sys/fs/cgroup/systemd-system";
    let init: Bun.Subprocess | undefined;

    beforeAll(async () => {
      mkdirSync(cgroup);
      // A target that needs nothing: only systemd itself is wanted, in a pid and a mount namespace of its own.
      const target = "[Unit]\\nDefaultDependencies=no\\n";
      const setup = [
        `echo 0 > ${cgroup}/cgroup.procs`,
        "mount -t tmpfs tmpfs /run",
        "mkdir -p /run/systemd/system",
        `printf '${target}' > /run/systemd/system/ctr-test.target`,
        `exec ${systemd} --system --unit=ctr-test.target --log-target=console`,
      ].join(" && ");
      const unshare = ["unshare", "--fork", "--kill-child", "--pid", "--mount", "--mount-proc"];
      init = Bun.spawn([...unshare, "sh", "-c", setup], {
        env: { PATH: process.env["PATH"] ?? "", container: "ctr-test" },
        stdout: Bun.file(join(work, "system.log")),
        stderr: Bun.file(join(work, "system.log")),
      });
      await until(
        "systemd is up",
        () => existsSync(`/proc/${systemdPid(init)}/root/run/systemd/private`),
        upOrGoneMs,
      );
    });

    afterAll(async () => {
      init?.kill("SIGKILL");
      await init?.exited;
      writeFileSync(`${cgroup}/cgroup.kill`, "1");
      await until("its cgroups are gone", () => removed(cgroup), upOrGoneMs);
    });

    test("are made, changed and removed", async () => {
      const enter = ["nsenter", "--target", String(systemdPid(init)), "--pid", "--mount"];
      const probe = join(import.meta.dir, "systemd-scenario.ts");
      const child = Bun.spawn([...enter, process.execPath, probe, id], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err] = await Promise.all([
        child.stdout.text(),
        child.stderr.text(),
        child.exited,
      ]);
      expect(err).toBe("");
      checkReport(JSON.parse(out), "systemd-system", id);
    });
  });
}

if (available) describe("systemd scopes", describeScopes);
else {
  test.skipIf(!available)(
    "systemd scopes cannot be tested outside of the virtual machine, or without systemd's package",
    () => undefined,
  );
}

/** The child of unshare. */
function systemdPid(unshare: Bun.Subprocess | undefined): number {
  const pid = unshare?.pid ?? 0;
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

function removed(cgroup: string): boolean {
  const { stdout } = Bun.spawnSync(["find", cgroup, "-depth", "-type", "d"]);
  try {
    for (const path of stdout.toString().trim().split("\n")) rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

test("createSystemdCgroup() says so when there is no systemd", async () => {
  const kernel = linuxKernel();
  const before = process.env["XDG_RUNTIME_DIR"];
  process.env["XDG_RUNTIME_DIR"] = "/nonexistent";
  const layout = { ...detectCgroupLayout(kernel), mode: "v2" } as const;
  const request = { id: "x", rootless: true };
  try {
    await expect(createSystemdCgroup(kernel, layout, request)).rejects.toThrow(
      "Cannot reach the user's systemd: there is no socket of it",
    );
  } finally {
    if (before === undefined) delete process.env["XDG_RUNTIME_DIR"];
    else process.env["XDG_RUNTIME_DIR"] = before;
  }
});
