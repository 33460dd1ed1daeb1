/** Limits on the command line. @see runc-update(8) */

import { readFileSync } from "node:fs";
import { ContainerError, type LinuxResources, upgradeLinuxResources } from "@ctr/spec";
import { reasonOf } from "../kernel/system-call-error.ts";
import { type Flag, type Flags, usageError } from "./flags.ts";

/** A flag for each limit. */
export const resourceFlags: readonly Flag[] = [
  { name: "blkio-weight", value: "N", help: "share of block I/O, 10 to 1000" },
  { name: "cpu-period", value: "US", help: "period of the CPU quota, in microseconds" },
  { name: "cpu-quota", value: "US", help: "CPU time in a period; -1: no limit" },
  { name: "cpu-burst", value: "US", help: "CPU time that can be saved up" },
  { name: "cpu-share", value: "N", help: "share of CPU time beside others" },
  { name: "cpu-rt-period", value: "US", help: "period of the real-time budget" },
  { name: "cpu-rt-runtime", value: "US", help: "real-time budget" },
  { name: "cpuset-cpus", value: "LIST", help: "CPUs, for example 0-2,7" },
  { name: "cpuset-mems", value: "LIST", help: "memory nodes" },
  { name: "cpu-idle", value: "0|1", help: "run only when nobody else wants to" },
  { name: "kernel-memory", value: "BYTES", help: "obsolete", hidden: true },
  {
    name: "kernel-memory-tcp",
    value: "BYTES",
    help: "memory for TCP buffers; cgroup v1 only",
    hidden: true,
  },
  {
    name: "memory",
    short: "m",
    value: "BYTES",
    help: "memory limit; -1: none. k, m and g are understood",
  },
  { name: "memory-reservation", value: "BYTES", help: "memory to leave when others are short" },
  { name: "memory-swap", value: "BYTES", help: "memory and swap together; -1: no limit" },
  { name: "pids-limit", value: "N", help: "processes; -1: no limit" },
];

/**
 * Reads limits from a file with `LinuxResources` as JSON; `-` is the standard input.
 *
 * @throws {ContainerError} ERR_INVALID_RESOURCES
 */
export function readResources(file: string): LinuxResources {
  try {
    return upgradeLinuxResources(JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")));
  } catch (error) {
    if (error instanceof ContainerError) throw error;
    throw new ContainerError(`Cannot read the limits "${file}": ${reasonOf(error)}`, {
      code: "ERR_INVALID_RESOURCES",
      kind: "invalid",
      cause: error,
    });
  }
}

/**
 * Returns the limits that flags name, those only.
 *
 * @throws {ContainerError} ERR_USAGE
 */
export function resourcesOf(flags: Flags): LinuxResources {
  const weight = flags.number("blkio-weight");
  const pids = flags.number("pids-limit");
  const cpu = present({
    period: flags.number("cpu-period"),
    quota: flags.number("cpu-quota"),
    burst: flags.number("cpu-burst"),
    shares: flags.number("cpu-share"),
    realtimePeriod: flags.number("cpu-rt-period"),
    realtimeRuntime: flags.number("cpu-rt-runtime"),
    idle: flags.number("cpu-idle"),
    cpus: flags.text("cpuset-cpus"),
    mems: flags.text("cpuset-mems"),
  });
  const memory = present({
    limit: bytes(flags, "memory"),
    reservation: bytes(flags, "memory-reservation"),
    swap: bytes(flags, "memory-swap"),
    kernelTCP: bytes(flags, "kernel-memory-tcp"),
  });
  return {
    ...(weight === undefined ? {} : { blockIO: { weight } }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** Leaves out what is undefined; `undefined` when nothing is left. */
function present<Value extends object>(
  value: Value,
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } | undefined {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  if (entries.length === 0) return undefined;
  const result: { [Key in keyof Value]?: Exclude<Value[Key], undefined> } = {};
  return Object.assign(result, Object.fromEntries(entries));
}

const factors: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** Reads a size with a unit, as runc does. */
function bytes(flags: Flags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(-?\d+(?:\.\d+)?)\s*([bkmgt]?)i?b?$/i.exec(text) ?? [];
  if (count === undefined) {
    throw usageError(`Cannot use "${text}" for --${name}`, "Use bytes, or for example 512m");
  }
  return Math.round(Number(count) * (factors[unit.toLowerCase()] ?? 1));
}
