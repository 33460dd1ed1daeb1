/** Resource limits. @see config.md, "Process", `rlimits`; prlimit(2) */

import type { Rlimit, RlimitType } from "@ctr/spec";
import type { Purpose, Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

/** Numbers of include/uapi/asm-generic/resource.h. */
const resources: Readonly<Record<RlimitType, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};

/** By name; a name that is not there was refused when the configuration was checked. */
const numbers: ReadonlyMap<string, number> = new Map(Object.entries(resources));

/** A limit as prlimit(2) takes it, and the words for its failure. */
export interface LimitChange {
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
  readonly why: Purpose;
}

/** Reads the limits. */
export function limitChanges(rlimits: readonly Rlimit[], origin: string): LimitChange[] {
  return rlimits.map(({ type, soft, hard }, index) => ({
    resource: numbers.get(type) ?? 0,
    soft: limit(soft),
    hard: limit(hard),
    why: purpose(
      `${origin}/rlimits/${index}`,
      `set ${type} to ${soft} (soft) and ${hard} (hard)`,
      "A hard limit above the present one needs CAP_SYS_RESOURCE",
    ),
  }));
}

/** Sets each limit. */
export function rlimitSteps(rlimits: readonly Rlimit[] = [], origin: string): Step[] {
  return limitChanges(rlimits, origin).map(({ resource, soft, hard, why }) =>
    call(why, "prlimit64", [0, resource, { struct: [{ u64: soft }, { u64: hard }] }, 0]),
  );
}

/** A limit beyond what a number of JavaScript holds exactly, or a negative one as early versions had it, is none. */
function limit(value: number): bigint {
  const unlimited = 0xffff_ffff_ffff_ffffn;
  return value < 0 || value > Number.MAX_SAFE_INTEGER ? unlimited : BigInt(value);
}
