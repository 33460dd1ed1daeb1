import { limitError } from "../control-files.ts";
import { cpuListToBits } from "./cpu-list.ts";
import { cpuQuotaProperties } from "./cpu-quota.ts";
import type { SystemdFacts } from "./facts.ts";
import type { UnitProperty } from "./property.ts";

const numbers: Readonly<Record<string, string>> = {
  "cpu.weight": "CPUWeight",
  "memory.high": "MemoryHigh",
  "memory.low": "MemoryLow",
  "memory.min": "MemoryMin",
  "memory.max": "MemoryMax",
  "memory.swap.max": "MemorySwapMax",
  "pids.max": "TasksMax",
};

const lists: Readonly<Record<string, string>> = {
  "cpuset.cpus": "AllowedCPUs",
  "cpuset.mems": "AllowedMemoryNodes",
};

/** Returns the properties for control files of version 2 that are given by name, as far as systemd has such. */
export function propertiesOfUnified(
  unified: Readonly<Record<string, string>>,
  facts: SystemdFacts,
): UnitProperty[] {
  return Object.entries(unified).flatMap(([file, text]) => {
    try {
      return propertiesOfFile(file, text.trim(), facts);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const field = { path: `unified["${file}"]`, name: `value of ${file}` };
      throw limitError(field, JSON.stringify(text), error.message, "invalid", { cause: error });
    }
  });
}

function propertiesOfFile(file: string, text: string, facts: SystemdFacts): UnitProperty[] {
  const number = numbers[file];
  if (number !== undefined) return [{ name: number, signature: "t", value: readLimit(file, text) }];
  const list = lists[file];
  if (list !== undefined) {
    if (facts.systemd < 244) return [];
    return [{ name: list, signature: "ay", value: Buffer.from(cpuListToBits(text)) }];
  }
  if (file === "cpu.max") {
    const [, quota, period = "100000"] = /^(max|\d+)(?:\s+(\d+))?$/.exec(text) ?? [];
    if (quota === undefined) throw new SyntaxError("it is not QUOTA PERIOD");
    return cpuQuotaProperties(quota === "max" ? 0 : Number(quota), Number(period), facts.systemd);
  }
  return [];
}

function readLimit(file: string, text: string): bigint {
  if (text === "max") return 2n ** 64n - 1n;
  if (!/^\d+$/.test(text)) throw new SyntaxError('it is neither a number nor "max"');
  const value = BigInt(text);
  // systemd does not take a limit of no tasks.
  return file === "pids.max" && value === 0n ? 1n : value;
}
