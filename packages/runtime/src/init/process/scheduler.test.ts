import { expect, test } from "bun:test";
import { type Scheduler, schedulerFlags, schedulerPolicies } from "@ctr/spec";
import { schedulerSteps } from "./scheduler.ts";

/** Fields of struct sched_attr, in order; its size comes first and two clamps last. */
function attributes(scheduler: Scheduler): unknown {
  const [step] = schedulerSteps(scheduler, "/process");
  if (step === undefined || !("call" in step)) return undefined;
  const [pid, attribute, flags] = step.args;
  expect([step.call, pid, flags]).toEqual(["sched_setattr", 0, 0]);
  return attribute;
}

test("schedulerSteps() fills struct sched_attr", () => {
  expect(
    attributes({
      policy: "SCHED_DEADLINE",
      nice: -5,
      priority: 3,
      flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"],
      runtime: 1_000_000,
      deadline: 2_000_000,
      period: 4_000_000_000,
    }),
  ).toEqual({
    struct: [
      { u32: 56 },
      { u32: 6 },
      { u64: 3 },
      { u32: -5 },
      { u32: 3 },
      { u64: 1_000_000 },
      { u64: 2_000_000 },
      { u64: 4_000_000_000 },
      { pad: 8 },
    ],
  });
});

test("schedulerSteps() knows every policy and flag by its number", () => {
  // include/uapi/linux/sched.h
  const policies = {
    SCHED_OTHER: 0,
    SCHED_FIFO: 1,
    SCHED_RR: 2,
    SCHED_BATCH: 3,
    SCHED_ISO: 4,
    SCHED_IDLE: 5,
    SCHED_DEADLINE: 6,
  };
  const flags = {
    SCHED_FLAG_RESET_ON_FORK: 1,
    SCHED_FLAG_RECLAIM: 2,
    SCHED_FLAG_DL_OVERRUN: 4,
    SCHED_FLAG_KEEP_POLICY: 8,
    SCHED_FLAG_KEEP_PARAMS: 0x10,
    SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
    SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
  };
  const plain = [{ u32: 0 }, { u32: 0 }, { u64: 0 }, { u64: 0 }, { u64: 0 }, { pad: 8 }];

  for (const policy of schedulerPolicies) {
    expect(attributes({ policy })).toEqual({
      struct: [{ u32: 56 }, { u32: policies[policy] }, { u64: 0 }, ...plain],
    });
  }
  for (const flag of schedulerFlags) {
    expect(attributes({ policy: "SCHED_OTHER", flags: [flag, flag] })).toEqual({
      struct: [{ u32: 56 }, { u32: 0 }, { u64: flags[flag] }, ...plain],
    });
  }
});

test("schedulerSteps() leaves the scheduling alone when it is absent", () => {
  expect(schedulerSteps(undefined, "/process")).toEqual([]);
});
