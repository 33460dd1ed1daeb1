import type { Uint64 } from "./uint64.ts";

/**
 * Figures of a container's cgroup, in the names and the order of runc's `events --stats`. Figures that are 0 are absent
 * where runc leaves them out.
 *
 * Write them with {@linkcode stringifyStats}: counts above 2^53 are bigints.
 *
 * @see types/events.go of runc
 */
export interface Stats {
  readonly cpu: CpuStats;
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats;
  readonly pids: PidsStats;
  readonly blkio: BlkioStats;
  /** By page size: `2MB`. */
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
  /** Absent without RDMA devices; runc does not show it. */
  readonly rdma?: RdmaStats;
}

/** Times are in nanoseconds. */
export interface CpuStats {
  readonly usage?: CpuUsage;
  readonly throttling?: CpuThrottling;
  readonly psi?: PressureStats;
}

/** CPU time since the cgroup was made, in nanoseconds. */
export interface CpuUsage {
  readonly total?: Uint64;
  /** By CPU; version 1 only, as are the next two. */
  readonly percpu?: readonly Uint64[];
  readonly percpu_kernel?: readonly Uint64[];
  readonly percpu_user?: readonly Uint64[];
  readonly kernel: Uint64;
  readonly user: Uint64;
}

/** What a quota did. */
export interface CpuThrottling {
  readonly periods?: Uint64;
  readonly throttledPeriods?: Uint64;
  /** In nanoseconds. */
  readonly throttledTime?: Uint64;
}

/** Settings of the cpuset; version 1 only, all 0 on version 2. */
export interface CpusetStats {
  readonly cpus?: readonly number[];
  readonly cpu_exclusive: Uint64;
  readonly mems?: readonly number[];
  readonly mem_hardwall: Uint64;
  readonly mem_exclusive: Uint64;
  readonly memory_migrate: Uint64;
  readonly memory_spread_page: Uint64;
  readonly memory_spread_slab: Uint64;
  readonly memory_pressure: Uint64;
  readonly sched_load_balance: Uint64;
  readonly sched_relax_domain_level: number;
}

/** In bytes. */
export interface MemoryStats {
  readonly cache?: Uint64;
  readonly usage?: MemoryEntry;
  /** Memory and swap together. */
  readonly swap?: MemoryEntry;
  readonly kernel?: MemoryEntry;
  readonly kernelTCP?: MemoryEntry;
  /** memory.stat, as the kernel names it. */
  readonly raw?: Readonly<Record<string, Uint64>>;
  readonly psi?: PressureStats;
}

/** In bytes. */
export interface MemoryEntry {
  readonly limit: Uint64;
  readonly usage?: Uint64;
  /** The highest usage so far. */
  readonly max?: Uint64;
  /** How often the limit was met; version 1 only. */
  readonly failcnt: Uint64;
}

/** Number of tasks; without `limit` there is none. */
export interface PidsStats {
  readonly current?: Uint64;
  readonly limit?: Uint64;
}

/** By device and operation, cgroups below included. */
export interface BlkioStats {
  readonly ioServiceBytesRecursive?: readonly BlkioEntry[];
  readonly ioServicedRecursive?: readonly BlkioEntry[];
  readonly ioQueueRecursive?: readonly BlkioEntry[];
  readonly ioServiceTimeRecursive?: readonly BlkioEntry[];
  readonly ioWaitTimeRecursive?: readonly BlkioEntry[];
  readonly ioMergedRecursive?: readonly BlkioEntry[];
  readonly ioTimeRecursive?: readonly BlkioEntry[];
  readonly sectorsRecursive?: readonly BlkioEntry[];
  readonly psi?: PressureStats;
}

/** One figure of one device. */
export interface BlkioEntry {
  readonly major?: Uint64;
  readonly minor?: Uint64;
  /** `Read`, `Write`, `Sync`, ... */
  readonly op?: string;
  readonly value?: Uint64;
}

/** In bytes. */
export interface HugetlbStats {
  readonly usage?: Uint64;
  /** The highest usage so far; version 1 only. */
  readonly max?: Uint64;
  readonly failcnt: Uint64;
}

/** Limits and usage by device. */
export interface RdmaStats {
  readonly limit: readonly RdmaEntry[];
  readonly current: readonly RdmaEntry[];
}

/** RDMA resources of one device. */
export interface RdmaEntry {
  readonly device: string;
  readonly hcaHandles: Uint64;
  readonly hcaObjects: Uint64;
}

/** Time that tasks waited for a resource: some of them, or all at once. Version 2 only. */
export interface PressureStats {
  readonly some?: Pressure;
  readonly full?: Pressure;
}

/** Shares of time in percent over the last 10, 60 and 300 seconds, and the whole time in microseconds. */
export interface Pressure {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: Uint64;
}
