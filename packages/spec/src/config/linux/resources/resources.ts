import type { LinuxBlockIo } from "./block-io.ts";
import type { LinuxCpu } from "./cpu.ts";
import type { LinuxDeviceCgroup } from "./device-cgroup.ts";
import type { LinuxHugepageLimit } from "./hugepage-limits.ts";
import type { LinuxMemory } from "./memory.ts";
import type { LinuxNetwork } from "./network.ts";
import type { LinuxPids } from "./pids.ts";
import type { LinuxRdma } from "./rdma.ts";

/**
 * Limits of a container's cgroup. What is absent is left as it is.
 *
 * @see config-linux.md, "Control groups"
 * @see cgroups(7)
 */
export interface LinuxResources {
  /**
   * cgroup v2 files by name and what to write into them, such as `"io.max": "259:0 rbps=2097152"`.
   *
   * @since 1.1.0
   */
  readonly unified?: Readonly<Record<string, string>>;
  /** Device rules, applied in this order. */
  readonly devices?: readonly LinuxDeviceCgroup[];
  /** Number of tasks. */
  readonly pids?: LinuxPids;
  /** Block I/O. */
  readonly blockIO?: LinuxBlockIo;
  /** CPU time, CPUs and memory nodes. */
  readonly cpu?: LinuxCpu;
  /** Huge pages, by page size. */
  readonly hugepageLimits?: readonly LinuxHugepageLimit[];
  /** Memory. */
  readonly memory?: LinuxMemory;
  /** Network classes and priorities; cgroup v1 only. */
  readonly network?: LinuxNetwork;
  /**
   * RDMA resources by device name.
   *
   * @since 1.0.2
   */
  readonly rdma?: Readonly<Record<string, LinuxRdma>>;
}
