import type { Kernel } from "../../kernel/kernel.ts";
import { ControlFiles } from "../control-files.ts";
import { readCgroupPids } from "../tree.ts";
import { readCount, unlessZero, withoutZeros } from "./figures.ts";
import { hugepageSizes } from "./hugepage-sizes.ts";
import { readPressure } from "./pressure.ts";
import { readRdma } from "./rdma.ts";
import type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  CpusetStats,
  HugetlbStats,
  MemoryEntry,
  MemoryStats,
  PidsStats,
  Stats,
} from "./stats.ts";
import { add, multiply, parseKeyed, parseUint64, type Uint64, uint64Max } from "./uint64.ts";

/** Reads the figures of a cgroup of version 2. Controllers that are not enabled for it count as 0. */
export function readStatsV2(kernel: Kernel, path: string | undefined): Stats {
  const files = new ControlFiles(kernel, path, "cgroup");
  const rdma = readRdma(files);
  return {
    cpu: readCpu(files),
    cpuset: noCpuset,
    memory: readMemory(files),
    pids: readPids(files),
    blkio: readIo(files),
    hugetlb: readHugetlb(files, hugepageSizes(kernel)),
    ...(rdma === undefined ? {} : { rdma }),
  };
}

const noCpuset: CpusetStats = {
  cpu_exclusive: 0,
  mem_hardwall: 0,
  mem_exclusive: 0,
  memory_migrate: 0,
  memory_spread_page: 0,
  memory_spread_slab: 0,
  memory_pressure: 0,
  sched_load_balance: 0,
  sched_relax_domain_level: 0,
};

function readCpu(files: ControlFiles): CpuStats {
  const stat = parseKeyed(files.readIfExists("cpu.stat") ?? "");
  const nanoseconds = (key: string): Uint64 => multiply(stat[key] ?? 0, 1000);
  const usage = {
    ...withoutZeros({ total: nanoseconds("usage_usec") }),
    kernel: nanoseconds("system_usec"),
    user: nanoseconds("user_usec"),
  };
  const throttling = withoutZeros({
    periods: stat["nr_periods"] ?? 0,
    throttledPeriods: stat["nr_throttled"] ?? 0,
    throttledTime: nanoseconds("throttled_usec"),
  });
  return withoutZeros({
    usage: unlessZero(usage),
    throttling: unlessZero(throttling),
    psi: readPressure(files, "cpu.pressure"),
  }) as CpuStats;
}

function readMemory(files: ControlFiles): MemoryStats {
  const stat = parseKeyed(files.readIfExists("memory.stat") ?? "");
  const raw = Object.fromEntries(Object.entries(stat).sort(([a], [b]) => (a < b ? -1 : 1)));
  const usage = readCount(files, "memory.current");
  const limit = readCount(files, "memory.max");
  const swapLimit = readCount(files, "memory.swap.max");
  return {
    ...withoutZeros({
      cache: raw["file"] ?? 0,
      usage: memoryEntry(limit, usage, readCount(files, "memory.peak")),
      // Version 1 counts memory and swap together, and programs expect that. Their peaks do not add up.
      swap: memoryEntry(
        swapLimit === uint64Max || limit === uint64Max ? uint64Max : add(swapLimit, limit),
        add(usage, readCount(files, "memory.swap.current")),
        0,
      ),
    }),
    ...(Object.keys(raw).length === 0 ? {} : { raw }),
    ...withoutZeros({ psi: readPressure(files, "memory.pressure") }),
  } as MemoryStats;
}

function memoryEntry(limit: Uint64, usage: Uint64, max: Uint64): MemoryEntry | undefined {
  return unlessZero({ limit, ...withoutZeros({ usage, max }), failcnt: 0 });
}

function readPids(files: ControlFiles): PidsStats {
  const current = files.readIfExists("pids.current");
  if (current === undefined) {
    const pids = files.directory === undefined ? [] : readCgroupPids(files.kernel, files.directory);
    return withoutZeros({ current: pids.length });
  }
  const limit = readCount(files, "pids.max");
  return withoutZeros({ current: parseUint64(current), limit: limit === uint64Max ? 0 : limit });
}

function readIo(files: ControlFiles): BlkioStats {
  const bytes: BlkioEntry[] = [];
  const operations: BlkioEntry[] = [];
  for (const line of (files.readIfExists("io.stat") ?? "").split("\n")) {
    const [, major = "", minor = "", pairs = ""] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
    for (const pair of pairs.split(" ")) {
      const [, kind, what, value = ""] = /^([rw])(bytes|ios)=(\d+)$/.exec(pair) ?? [];
      if (kind === undefined) continue;
      (what === "bytes" ? bytes : operations).push(
        withoutZeros({
          major: parseUint64(major),
          minor: parseUint64(minor),
          op: kind === "r" ? "Read" : "Write",
          value: parseUint64(value),
        }),
      );
    }
  }
  return withoutZeros({
    ioServiceBytesRecursive: bytes,
    ioServicedRecursive: operations,
    psi: readPressure(files, "io.pressure"),
  }) as BlkioStats;
}

function readHugetlb(files: ControlFiles, sizes: readonly string[]): Record<string, HugetlbStats> {
  const stats: Record<string, HugetlbStats> = {};
  for (const size of sizes) {
    const prefix = `hugetlb.${size}`;
    const usage =
      files.readIfExists(`${prefix}.rsvd.current`) ?? files.readIfExists(`${prefix}.current`);
    if (usage === undefined) continue;
    const events = parseKeyed(files.readIfExists(`${prefix}.events`) ?? "");
    stats[size] = {
      ...withoutZeros({ usage: parseUint64(usage) }),
      failcnt: events["max"] ?? 0,
    };
  }
  return stats;
}
