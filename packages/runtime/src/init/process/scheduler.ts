/** How the process is scheduled. @see config.md, "Process", `scheduler`; sched_setattr(2) */

import type { Scheduler } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

const policies: Readonly<Record<string, number>> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

const flagBits: Readonly<Record<string, number>> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
};

/** Size of `struct sched_attr` with its clamps. */
const attributesSize = 56;

/** Sets policy, nice value, priority and deadline. */
export function schedulerSteps(scheduler: Scheduler | undefined, origin: string): Step[] {
  if (scheduler === undefined) return [];
  const { policy, nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  const flags = (scheduler.flags ?? []).reduce((bits, flag) => bits | (flagBits[flag] ?? 0), 0);
  return [
    call(
      purpose(
        `${origin}/scheduler`,
        `schedule the process with ${policy}`,
        policy === "SCHED_DEADLINE"
          ? "It needs CAP_SYS_NICE and all CPUs: the process scheduler can't be used together with AllowedCPUs (/linux/resources/cpu/cpus)"
          : "Real-time policies need CAP_SYS_NICE and, on cgroup v1, a real-time budget",
      ),
      "sched_setattr",
      [
        0,
        {
          struct: [
            { u32: attributesSize },
            { u32: policies[policy] ?? 0 },
            { u64: flags },
            { u32: nice },
            { u32: priority },
            { u64: runtime },
            { u64: deadline },
            { u64: period },
            { pad: 8 },
          ],
        },
        0,
      ],
    ),
  ];
}
