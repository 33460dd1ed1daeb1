/** On which CPUs an executed process runs. @see config.md, "Linux Process", `execCPUAffinity`; sched_setaffinity(2) */

import { ContainerError, type ExecCpuAffinity } from "@ctr/spec";
import type { Step } from "../program/step.ts";
import { call, purpose } from "./steps.ts";

/** The CPUs before the process joins the container's cgroup. */
export function initialAffinitySteps(affinity: ExecCpuAffinity, origin: string): Step[] {
  return affinitySteps(affinity.initial, `${origin}/execCPUAffinity/initial`);
}

/** The CPUs from then on; when there is no such list the kernel decides. */
export function finalAffinitySteps(affinity: ExecCpuAffinity, origin: string): Step[] {
  return affinitySteps(affinity.final, `${origin}/execCPUAffinity/final`);
}

function affinitySteps(list: string | undefined, origin: string): Step[] {
  const mask = cpuMask(list ?? "", origin);
  if (mask.length === 0) return [];
  const why = purpose(
    origin,
    `run on the CPUs ${list}`,
    "At least one of them must be online and in the cpuset of the cgroup",
  );
  return [call(why, "sched_setaffinity", [0, mask.length, { bytes: mask }])];
}

const wordBytes = 8;
/** More than any kernel is built for. */
const cpuMax = 2 ** 16;

/** Reads `0-3,7` as `cpu_set_t`: whole words, the lowest CPU first; an empty list is an empty mask. */
function cpuMask(list: string, origin: string): Uint8Array {
  const cpus = list.split(",").flatMap((part) => range(part.trim(), list, origin));
  const count = Math.max(0, ...cpus.map((cpu) => cpu + 1));
  const mask = new Uint8Array(Math.ceil(count / 8 / wordBytes) * wordBytes);
  for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
  return mask;
}

function range(part: string, list: string, origin: string): number[] {
  if (part === "") return [];
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
  const [low, high] = [Number(first), Number(last)];
  if (first === undefined || high < low || high >= cpuMax) {
    throw new ContainerError(`Cannot use the CPUs "${list}" (${origin}): "${part}" is no range`, {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: origin,
      hint: "Write for example 0-3,7",
    });
  }
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}
