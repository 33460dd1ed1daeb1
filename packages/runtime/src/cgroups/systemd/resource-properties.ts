import type { LinuxResources } from "@ctr/spec";
import { type LimitField, limitError } from "../control-files.ts";
import { cpuWeight } from "../limits/cpu.ts";
import { cpuListToBits } from "./cpu-list.ts";
import { cpuQuotaProperties } from "./cpu-quota.ts";
import type { SystemdFacts } from "./facts.ts";
import type { UnitProperty } from "./property.ts";
import { propertiesOfUnified } from "./unified-properties.ts";

const unlimited = 2n ** 64n - 1n;

/**
 * Returns the properties of a unit that say what limits say, so that systemd keeps them when it writes the unit's control
 * files again. What systemd has no property for is left to the control files.
 *
 * @see systemd.resource-control(5)
 * @throws {ContainerError} for values that systemd cannot take
 */
export function propertiesOfResources(
  resources: LinuxResources,
  facts: SystemdFacts,
): UnitProperty[] {
  const { cpu = {}, memory = {}, pids, blockIO, unified = {} } = resources;
  const properties: UnitProperty[] = [];
  const add = (name: string, value: number | bigint): void => {
    properties.push({ name, signature: "t", value: value === -1 ? unlimited : BigInt(value) });
  };
  if (memory.limit) add(facts.cgroup === 1 ? "MemoryLimit" : "MemoryMax", memory.limit);
  if (facts.cgroup === 2) {
    if (memory.reservation) add("MemoryLow", memory.reservation);
    const swap = swapAlone(memory);
    if (swap !== undefined) add("MemorySwapMax", swap);
  }
  properties.push(...cpuProperties(cpu, facts), ...cpusetProperties(cpu, facts));
  if (pids !== undefined) add("TasksMax", pids.limit < 0 ? -1 : Math.max(pids.limit, 1));
  if (blockIO?.weight && facts.cgroup === 1) add("BlockIOWeight", blockIO.weight);
  return [...properties, ...propertiesOfUnified(unified, facts)];
}

type Cpu = NonNullable<LinuxResources["cpu"]>;

function cpuProperties(cpu: Cpu, { systemd, cgroup }: SystemdFacts): UnitProperty[] {
  const properties: UnitProperty[] = [];
  // systemd writes a weight of 0 as idle, from version 252 on.
  const idle = cpu.idle === 1 && cgroup === 2 && systemd >= 252;
  if (idle) properties.push({ name: "CPUWeight", signature: "t", value: 0n });
  if (cpu.shares && cgroup === 1) {
    properties.push({ name: "CPUShares", signature: "t", value: BigInt(cpu.shares) });
  }
  if (cpu.shares && cgroup === 2 && !idle) {
    properties.push({ name: "CPUWeight", signature: "t", value: BigInt(cpuWeight(cpu.shares)) });
  }
  return [...properties, ...cpuQuotaProperties(cpu.quota ?? 0, cpu.period ?? 0, systemd)];
}

function cpusetProperties({ cpus, mems }: Cpu, { systemd }: SystemdFacts): UnitProperty[] {
  if (systemd < 244) return [];
  return [
    ...cpuset("AllowedCPUs", cpus, { path: "cpu.cpus", name: "CPUs" }),
    ...cpuset("AllowedMemoryNodes", mems, { path: "cpu.mems", name: "memory nodes" }),
  ];
}

function cpuset(name: string, list: string | undefined, field: LimitField): UnitProperty[] {
  if (!list) return [];
  try {
    return [{ name, signature: "ay", value: Buffer.from(cpuListToBits(list)) }];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw limitError(field, list, error.message, "invalid", { cause: error });
  }
}

type Memory = NonNullable<LinuxResources["memory"]>;

/** Wrong combinations are refused when the control files are written. */
function swapAlone({ limit = 0, swap = 0 }: Memory): number | undefined {
  if (swap === 0) return limit === -1 ? -1 : undefined;
  if (swap === -1 || limit === -1) return swap;
  return limit > 0 && swap >= limit ? swap - limit : undefined;
}
