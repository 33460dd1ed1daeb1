import { existsSync, readFileSync } from "node:fs";
import {
  createSystemdCgroup,
  deleteSystemdCgroup,
  detectCgroupLayout,
  type SystemdCgroupRequest,
  updateSystemdCgroup,
} from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";

/** What a walk through the life of a scope showed. */
export interface ScenarioReport {
  readonly path: string;
  /** Process ids when only the container's own process should be left, and that process. */
  readonly pids: readonly number[];
  readonly child: number;
  readonly shown: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly shownAfterUpdate: Readonly<Record<string, string>>;
  readonly filesAfterReload: Readonly<Record<string, string>>;
  readonly secondError: string;
  readonly failedError: string;
  readonly failedState: string;
  readonly stateAfterDelete: string;
  readonly existsAfterDelete: boolean;
}

const kernel = linuxKernel();

/** Makes a scope by the machine's or the user's systemd, looks at it from all sides and removes it. */
export async function runScenario(id: string, user: boolean): Promise<ScenarioReport> {
  const layout = detectCgroupLayout(kernel);
  const request: SystemdCgroupRequest = {
    id,
    path: `bunc-test.slice:bunc:${id}`,
    rootless: user,
    resources: {
      memory: { limit: 64 << 20, swap: 96 << 20, reservation: 16 << 20 },
      cpu: { shares: 300, quota: 25_500, period: 50_000 },
      pids: { limit: 33 },
      devices: [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
      ],
      unified: { "memory.high": "50331648" },
    },
    annotations: {
      "org.systemd.property.TimeoutStopSec": "7",
      "org.systemd.property.CollectMode": "'inactive-or-failed'",
      "something.else": "x",
    },
  };
  const unit = `bunc-${id}.scope`;
  const systemctl = (...args: readonly string[]): string => {
    const scope = user ? ["--user"] : [];
    const command = ["systemctl", ...scope, ...args];
    return Bun.spawnSync(command, { env: process.env, stderr: "inherit" }).stdout.toString();
  };
  const show = (...names: readonly string[]): Record<string, string> => {
    const lines = systemctl("show", "-p", names.join(","), unit).trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  };
  const made = await createSystemdCgroup(kernel, layout, request);
  const { cgroup, scope } = made;
  const path = cgroup.paths[""] ?? "";
  const files = (): Record<string, string> =>
    Object.fromEntries(
      [
        "memory.max",
        "memory.low",
        "memory.high",
        "memory.swap.max",
        "cpu.weight",
        "cpu.max",
        "pids.max",
      ].map((name) => [name, readFileSync(`${path}/${name}`, "utf8").trim()]),
    );
  using stack = new DisposableStack();
  const entry = cgroup.openForJoin(stack).intoCgroup;
  const child = Bun.spawn(["sleep", "1000"], { cgroup: entry?.number ?? -1 });
  made[Symbol.dispose]();
  const pids = cgroup.pids(true);
  const shown = show(
    "MemoryMax",
    "MemoryLow",
    "MemoryHigh",
    "MemorySwapMax",
    "TasksMax",
    "CPUWeight",
    "CPUQuotaPerSecUSec",
    "CPUQuotaPeriodUSec",
    "TimeoutStopUSec",
    "CollectMode",
    "Slice",
    "Delegate",
    "DevicePolicy",
    "DeviceAllow",
    "ActiveState",
  );
  const filesBefore = files();
  await updateSystemdCgroup(scope, cgroup, { pids: { limit: 44 } });
  const shownAfterUpdate = show("TasksMax", "MemoryMax");
  systemctl("daemon-reload");
  const filesAfterReload = files();
  const second = await messageOf(createSystemdCgroup(kernel, layout, request));
  cgroup.kill();
  await child.exited;
  await deleteSystemdCgroup(scope, cgroup);
  const stateAfterDelete = show("LoadState")["LoadState"] ?? "";
  const wrong = { ...request, resources: { cpu: { cpus: "5000" } } };
  const failedError = await messageOf(createSystemdCgroup(kernel, layout, wrong));
  return {
    path,
    pids,
    child: child.pid,
    shown,
    files: filesBefore,
    shownAfterUpdate,
    filesAfterReload,
    secondError: second,
    failedError,
    failedState: show("LoadState")["LoadState"] ?? "",
    stateAfterDelete,
    existsAfterDelete: existsSync(path),
  };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

// In the namespaces of a systemd that a test started.
if (import.meta.main) {
  process.stdout.write(JSON.stringify(await runScenario(process.argv[2] ?? "x", false)));
}
