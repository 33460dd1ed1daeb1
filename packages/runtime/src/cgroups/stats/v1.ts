import type { Kernel } from "../../kernel/kernel.ts";
import { ControlFiles } from "../control-files.ts";
import type { CgroupPaths } from "../limits/apply.ts";
import { cpusetFile } from "../limits/cpuset.ts";
import { readCount, unlessZero, withoutZeros } from "./figures.ts";
import { hugepageSizes } from "./hugepage-sizes.ts";
import { readRdma } from "./rdma.ts";
import type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  CpusetStats,
  CpuUsage,
  HugetlbStats,
  MemoryEntry,
  MemoryStats,
  Stats,
} from "./stats.ts";
import { multiply, parseKeyed, parseUint64, type Uint64, uint64Max } from "./uint64.ts";

/** Reads the figures of a cgroup of version 1. Hierarchies that the machine or the container lacks count as 0. */
export function readStatsV1(kernel: Kernel, paths: CgroupPaths): Stats {
  const files = (controller: string): ControlFiles =>
    new ControlFiles(kernel, paths[controller], controller);
  const pidsLimit = parseUint64(files("pids").readIfExists("pids.max") ?? "max");
  const rdma = readRdma(files("rdma"));
  return {
    cpu: readCpu(files("cpu"), files("cpuacct")),
    cpuset: readCpuset(files("cpuset")),
    memory: readMemory(files("memory")),
    pids: withoutZeros({
      current: readCount(files("pids"), "pids.current"),
      limit: pidsLimit === uint64Max ? 0 : pidsLimit,
    }),
    blkio: readBlkio(files("blkio")),
    hugetlb: readHugetlb(files("hugetlb"), hugepageSizes(kernel)),
    ...(rdma === undefined ? {} : { rdma }),
  };
}

function readCpu(cpu: ControlFiles, cpuacct: ControlFiles): CpuStats {
  const stat = parseKeyed(cpu.readIfExists("cpu.stat") ?? "");
  const usage = readCpuUsage(cpuacct);
  const throttling = withoutZeros({
    periods: stat["nr_periods"] ?? 0,
    throttledPeriods: stat["nr_throttled"] ?? 0,
    throttledTime: stat["throttled_time"] ?? 0,
  });
  return withoutZeros({ usage: unlessZero(usage), throttling: unlessZero(throttling) }) as CpuStats;
}

/** Clock ticks, USER_HZ, are 100 a second on every architecture that we know. */
const nanosecondsPerTick = 10_000_000;

function readCpuUsage(files: ControlFiles): CpuUsage {
  const stat = parseKeyed(files.readIfExists("cpuacct.stat") ?? "");
  const rows = (files.readIfExists("cpuacct.usage_all") ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.split(" ").map(parseUint64));
  const percpu = (files.readIfExists("cpuacct.usage_percpu") ?? "").split(" ").filter(Boolean);
  return {
    ...withoutZeros({
      total: readCount(files, "cpuacct.usage"),
      percpu: percpu.map(parseUint64),
      percpu_kernel: rows.map(([, , system = 0]) => system),
      percpu_user: rows.map(([, user = 0]) => user),
    }),
    kernel: multiply(stat["system"] ?? 0, nanosecondsPerTick),
    user: multiply(stat["user"] ?? 0, nanosecondsPerTick),
  };
}

function readCpuset(files: ControlFiles): CpusetStats {
  const count = (name: string): Uint64 => readCount(files, cpusetFile(files, name));
  const list = (name: string): number[] =>
    parseList(files.readIfExists(cpusetFile(files, name)) ?? "");
  const level = files.readIfExists(cpusetFile(files, "sched_relax_domain_level"));
  return {
    ...withoutZeros({ cpus: list("cpus") }),
    cpu_exclusive: count("cpu_exclusive"),
    ...withoutZeros({ mems: list("mems") }),
    mem_hardwall: count("mem_hardwall"),
    mem_exclusive: count("mem_exclusive"),
    memory_migrate: count("memory_migrate"),
    memory_spread_page: count("memory_spread_page"),
    memory_spread_slab: count("memory_spread_slab"),
    memory_pressure: count("memory_pressure"),
    sched_load_balance: count("sched_load_balance"),
    sched_relax_domain_level: Number(level ?? 0),
  };
}

/** Reads a list such as `0-2,7`. */
function parseList(text: string): number[] {
  return text
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

function readMemory(files: ControlFiles): MemoryStats {
  const stat = parseKeyed(files.readIfExists("memory.stat") ?? "");
  const raw = Object.fromEntries(Object.entries(stat).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...withoutZeros({
      cache: raw["cache"] ?? 0,
      usage: readMemoryEntry(files, "memory"),
      swap: readMemoryEntry(files, "memory.memsw"),
      kernel: readMemoryEntry(files, "memory.kmem"),
      kernelTCP: readMemoryEntry(files, "memory.kmem.tcp"),
    }),
    ...(Object.keys(raw).length === 0 ? {} : { raw }),
  } as MemoryStats;
}

function readMemoryEntry(files: ControlFiles, prefix: string): MemoryEntry | undefined {
  return unlessZero({
    limit: readCount(files, `${prefix}.limit_in_bytes`),
    ...withoutZeros({
      usage: readCount(files, `${prefix}.usage_in_bytes`),
      max: readCount(files, `${prefix}.max_usage_in_bytes`),
    }),
    failcnt: readCount(files, `${prefix}.failcnt`),
  });
}

/** Names of figures by the last part of their files' names. */
const blkioNames: readonly [file: string, name: keyof BlkioStats][] = [
  ["io_service_bytes", "ioServiceBytesRecursive"],
  ["io_serviced", "ioServicedRecursive"],
  ["io_queued", "ioQueueRecursive"],
  ["io_service_time", "ioServiceTimeRecursive"],
  ["io_wait_time", "ioWaitTimeRecursive"],
  ["io_merged", "ioMergedRecursive"],
  ["time", "ioTimeRecursive"],
  ["sectors", "sectorsRecursive"],
];

/** The kernel counts at several places; the first that counts anything is taken, as by runc. */
const blkioSources = [
  (file: string) => `blkio.bfq.${file}_recursive`,
  (file: string) => `blkio.${file}_recursive`,
  (file: string) => `blkio.throttle.${file}_recursive`,
  (file: string) => `blkio.throttle.${file}`,
];

function readBlkio(files: ControlFiles): BlkioStats {
  for (const source of blkioSources) {
    const found = blkioNames.map(
      ([file, name]) => [name, parseBlkio(files.readIfExists(source(file)) ?? "")] as const,
    );
    const counted = found.filter(([, entries]) => entries.length > 0);
    if (counted.length > 0) return Object.fromEntries(counted) as BlkioStats;
  }
  return {};
}

/** Reads lines `MAJOR:MINOR [OPERATION] VALUE`; the sums at the end are left out. */
function parseBlkio(text: string): BlkioEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, major = "", minor = "", op = "", value = ""] =
      /^(\d+):(\d+) (?:(\w+) )?(\d+)$/.exec(line.trim()) ?? [];
    if (value === "") return [];
    return [
      withoutZeros({
        major: parseUint64(major),
        minor: parseUint64(minor),
        op,
        value: parseUint64(value),
      }),
    ];
  });
}

function readHugetlb(files: ControlFiles, sizes: readonly string[]): Record<string, HugetlbStats> {
  const stats: Record<string, HugetlbStats> = {};
  for (const size of sizes) {
    const reserved = `hugetlb.${size}.rsvd`;
    const prefix = files.has(`${reserved}.usage_in_bytes`) ? reserved : `hugetlb.${size}`;
    if (!files.has(`${prefix}.usage_in_bytes`)) continue;
    stats[size] = {
      ...withoutZeros({
        usage: readCount(files, `${prefix}.usage_in_bytes`),
        max: readCount(files, `${prefix}.max_usage_in_bytes`),
      }),
      failcnt: readCount(files, `${prefix}.failcnt`),
    };
  }
  return stats;
}
