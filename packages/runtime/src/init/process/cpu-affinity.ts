/** On which CPUs an executed process runs. @see config.md, "Linux Process", `execCPUAffinity`; sched_setaffinity(2) */

import { ContainerError, type ExecCpuAffinity } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

/** The CPUs before the process joins the container's cgroup. */
export function initialAffinitySteps(affinity: ExecCpuAffinity, origin: string): Step[] {
  return affinitySteps(affinity.initial, `${origin}/execCPUAffinity/initial`);
}

/** The CPUs from then on; when there is no such list the kernel decides, and without any list all may be used. */
export function finalAffinitySteps(affinity: ExecCpuAffinity | undefined, origin: string): Step[] {
  if (affinity === undefined) return [resetAffinityStep()];
  return affinitySteps(affinity.final, `${origin}/execCPUAffinity/final`);
}

/**
 * Lets the process run on every CPU that its cgroup allows, now or later, whichever those were that its launcher was
 * confined to. As runc 1.3 does.
 */
export function resetAffinityStep(): Step {
  // The kernel takes what it has CPUs for (sched_setaffinity(2)).
  const mask = new Uint8Array(configurableCpus / 8).fill(0xff);
  return call(
    purpose("", "run on all CPUs of the cgroup"),
    "sched_setaffinity",
    [0, mask.length, { bytes: mask }],
    { accept: ["EINVAL", "EPERM"] },
  );
}

/** As many as a kernel for x86-64 or arm64 can be built for. */
const configurableCpus = 8192;

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

/**
 * Returns a list of CPUs as a mask, CPU 0 the lowest bit.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
export function affinityBits(list: string): bigint {
  const bytes = cpuMask(list, "/execCPUAffinity/initial");
  return bytes.reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
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
