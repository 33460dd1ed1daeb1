import type { LinuxCpu } from "@ctr/spec";
import { type ControlFiles, type LimitField, limitError } from "../control-files.ts";

const sharesField: LimitField = { path: "cpu.shares", name: "CPU shares" };
const periodField: LimitField = { path: "cpu.period", name: "CPU period" };
const quotaField: LimitField = { path: "cpu.quota", name: "CPU quota" };
const burstField: LimitField = { path: "cpu.burst", name: "CPU burst" };
const idleField: LimitField = { path: "cpu.idle", name: "idle state of the CPU scheduler" };
const realtimePeriodField: LimitField = {
  path: "cpu.realtimePeriod",
  name: "real-time CPU period",
};
const realtimeRuntimeField: LimitField = {
  path: "cpu.realtimeRuntime",
  name: "real-time CPU runtime",
};

/** The kernel's default period, in µs. */
const defaultPeriod = 100_000;

/** A setting of the CPU controller and where it goes. */
interface Setting {
  readonly file: string;
  readonly value: number;
  readonly field: LimitField;
}

/**
 * Sets the limits of the cpu controller of version 1. 0 is no limit given, but for burst and idle.
 *
 * @see Documentation/scheduler/sched-bwc.rst of Linux
 */
export function applyCpuV1(files: ControlFiles, cpu: LinuxCpu): void {
  if (cpu.shares) setShares(files, cpu.shares);
  const quota = given("cpu.cfs_quota_us", cpu.quota, quotaField);
  setDependent(files, quota, [
    ...given("cpu.cfs_period_us", cpu.period, periodField),
    // Kernels before 5.15 know no burst.
    ...(cpu.burst !== undefined && files.has("cpu.cfs_burst_us")
      ? [{ file: "cpu.cfs_burst_us", value: cpu.burst, field: burstField }]
      : []),
  ]);
  if (cpu.idle !== undefined) files.set("cpu.idle", cpu.idle, idleField);
  setDependent(
    files,
    given("cpu.rt_runtime_us", cpu.realtimeRuntime, realtimeRuntimeField),
    given("cpu.rt_period_us", cpu.realtimePeriod, realtimePeriodField),
  );
}

/**
 * Sets the limits of the cpu controller of version 2. Real-time bandwidth does not exist there and is left out, as by runc.
 *
 * @see Documentation/admin-guide/cgroup-v2.rst of Linux
 */
export function applyCpuV2(files: ControlFiles, cpu: LinuxCpu): void {
  if (cpu.idle !== undefined) files.set("cpu.idle", cpu.idle, idleField);
  // A cgroup that is idle has no weight.
  if (cpu.shares && cpu.idle !== 1) files.set("cpu.weight", cpuWeight(cpu.shares), sharesField);
  const burst =
    cpu.burst === undefined ? [] : [{ file: "cpu.max.burst", value: cpu.burst, field: burstField }];
  const bandwidth = cpuMax(files, cpu);
  if (bandwidth === undefined) {
    setDependent(files, [], burst);
    return;
  }
  const pending = burst.filter(
    ({ file, value, field }) => !files.trySet(file, value, field, "EINVAL"),
  );
  files.set("cpu.max", bandwidth, cpu.quota ? quotaField : periodField);
  for (const { file, value, field } of pending) files.set(file, value, field);
}

/** What goes into cpu.max: `QUOTA PERIOD`; what is not given stays as it is. */
function cpuMax(files: ControlFiles, { quota, period }: LinuxCpu): string | undefined {
  if (!quota && !period) return undefined;
  const [currentQuota = "max", currentPeriod = defaultPeriod] =
    files.readIfExists("cpu.max")?.split(" ") ?? [];
  let newQuota = currentQuota;
  if (quota) newQuota = quota > 0 ? String(quota) : "max";
  return `${newQuota} ${period || currentPeriod}`;
}

/**
 * Converts shares of version 1 (2 to 262144) to a weight of version 2 (1 to 10000) so that both ends and the defaults,
 * 1024 and 100, meet.
 *
 * @see config-linux.md, "CPU"; the same formula as in runc, crun and systemd
 */
export function cpuWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

function given(file: string, value: number | undefined, field: LimitField): Setting[] {
  return value ? [{ file, value, field }] : [];
}

/**
 * Writes settings that the kernel checks against each other and, together, against the parent's: what it refuses at first
 * is written again once the main one has its new value.
 */
function setDependent(
  files: ControlFiles,
  main: readonly Setting[],
  others: readonly Setting[],
): void {
  const tolerated = main.length > 0 ? (["EINVAL"] as const) : [];
  const pending = others.filter(
    ({ file, value, field }) => !files.trySet(file, value, field, ...tolerated),
  );
  for (const { file, value, field } of [...main, ...pending]) files.set(file, value, field);
}

/** The kernel moves shares that are out of range to the next end; that is not what was asked for. */
function setShares(files: ControlFiles, shares: number): void {
  files.set("cpu.shares", shares, sharesField);
  const taken = Number(files.read("cpu.shares"));
  if (taken === shares) return;
  const bound = shares > taken ? "highest" : "lowest";
  throw limitError(
    sharesField,
    shares,
    `the ${bound} that the kernel takes is ${taken}`,
    "invalid",
  );
}
