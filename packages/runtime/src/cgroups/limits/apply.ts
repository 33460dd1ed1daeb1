import { ContainerError, type LinuxResources } from "@ctr/spec";
import type { Kernel } from "../../kernel/kernel.ts";
import { ControlFiles } from "../control-files.ts";
import { applyBlockIoV1, applyBlockIoV2 } from "./block-io.ts";
import { applyCpuV1, applyCpuV2 } from "./cpu.ts";
import { applyCpuset } from "./cpuset.ts";
import { applyHugepages } from "./hugepages.ts";
import { applyMemoryV1, applyMemoryV2 } from "./memory.ts";
import { applyNetworkClass, applyNetworkPriorities } from "./network.ts";
import { applyPids } from "./pids.ts";
import { applyRdma } from "./rdma.ts";
import { applyUnified } from "./unified.ts";

/** Directories of a cgroup by controller; `""` is the one of version 2. */
export type CgroupPaths = Readonly<Record<string, string>>;

/**
 * Sets all limits but the device rules; what is absent stays as it is.
 *
 * @throws {ContainerError} ERR_CGROUP_LIMIT or ERR_CGROUP_UNSUPPORTED; names the field
 */
export function applyLimits(
  kernel: Kernel,
  paths: CgroupPaths,
  version: 1 | 2,
  resources: LinuxResources,
): void {
  if (version === 1) applyLimitsV1(kernel, paths, resources);
  else applyLimitsV2(kernel, paths, resources);
}

function applyLimitsV1(kernel: Kernel, paths: CgroupPaths, resources: LinuxResources): void {
  const { cpu, memory, pids, blockIO, hugepageLimits, network, rdma, unified } = resources;
  const files = (controller: string): ControlFiles =>
    new ControlFiles(kernel, paths[controller], controller);
  if (unified !== undefined && Object.keys(unified).length > 0) throw unifiedOnV1();
  if (cpu !== undefined) applyCpuset(files("cpuset"), cpu);
  if (memory !== undefined) applyMemoryV1(files("memory"), memory);
  if (cpu !== undefined) applyCpuV1(files("cpu"), cpu);
  if (pids !== undefined) applyPids(files("pids"), pids);
  if (blockIO !== undefined) applyBlockIoV1(files("blkio"), blockIO);
  if (hugepageLimits !== undefined) applyHugepages(files("hugetlb"), hugepageLimits, 1);
  if (network !== undefined) applyNetworkClass(files("net_cls"), network);
  if (network !== undefined) applyNetworkPriorities(files("net_prio"), network);
  if (rdma !== undefined) applyRdma(files("rdma"), rdma);
}

function applyLimitsV2(kernel: Kernel, paths: CgroupPaths, resources: LinuxResources): void {
  const { cpu, memory, pids, blockIO, hugepageLimits, rdma, unified } = resources;
  const files = (controller: string): ControlFiles =>
    new ControlFiles(kernel, paths[""], controller);
  if (pids !== undefined) applyPids(files("pids"), pids);
  if (memory !== undefined) applyMemoryV2(files("memory"), memory);
  if (blockIO !== undefined) applyBlockIoV2(files("io"), blockIO);
  if (cpu !== undefined) applyCpuV2(files("cpu"), cpu);
  if (cpu !== undefined) applyCpuset(files("cpuset"), cpu);
  if (hugepageLimits !== undefined) applyHugepages(files("hugetlb"), hugepageLimits, 2);
  if (rdma !== undefined) applyRdma(files("rdma"), rdma);
  // Last: what is written here by name goes before what the fields above were converted to.
  if (unified !== undefined) applyUnified(files("unified"), unified);
}

function unifiedOnV1(): ContainerError {
  return new ContainerError(
    "Cannot set control files of cgroup v2 (linux.resources.unified): invalid configuration: this machine uses cgroup v1",
    {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
      pointer: "/linux/resources/unified",
      hint: "Use linux.resources.memory, cpu and so on, which work on both versions",
    },
  );
}
