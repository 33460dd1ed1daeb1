/**
 * Control groups, version 1, hybrid and 2: the cgroup of a container, its limits, device rules, processes and figures.
 *
 * @module
 */

export {
  Cgroup,
  type CgroupEntry,
  type CgroupMountSource,
  type JoinOptions,
  loadCgroup,
} from "./cgroup.ts";
export { type CgroupRequest, createCgroup } from "./create.ts";
export { inUserNamespace } from "./devices/apply.ts";
export { type CgroupHierarchy, type CgroupLayout, detectCgroupLayout } from "./layout.ts";
export type { OomEvent } from "./oom-events.ts";
export { placeInHierarchy } from "./place.ts";
export type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  CpusetStats,
  CpuThrottling,
  CpuUsage,
  HugetlbStats,
  MemoryEntry,
  MemoryStats,
  PidsStats,
  Pressure,
  PressureStats,
  RdmaEntry,
  RdmaStats,
  Stats,
} from "./stats/stats.ts";
export { stringifyStats, type Uint64 } from "./stats/uint64.ts";
export {
  createSystemdCgroup,
  deleteSystemdCgroup,
  type NewSystemdCgroup,
  type SystemdCgroupRequest,
  type SystemdScope,
  scopePath,
  updateSystemdCgroup,
} from "./systemd/scope.ts";
