/** The CPU scheduling policies. */
export const schedulerPolicies = [
  "SCHED_OTHER",
  "SCHED_FIFO",
  "SCHED_RR",
  "SCHED_BATCH",
  "SCHED_ISO",
  "SCHED_IDLE",
  "SCHED_DEADLINE",
] as const;

/** A name of {@linkcode schedulerPolicies}. */
export type SchedulerPolicy = (typeof schedulerPolicies)[number];

/** The flags of sched_setattr(2). */
export const schedulerFlags = [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
] as const;

/** A name of {@linkcode schedulerFlags}. */
export type SchedulerFlag = (typeof schedulerFlags)[number];

/**
 * CPU scheduling of a process.
 *
 * @since 1.1.0
 * @see config.md, "Linux Process", `scheduler`
 * @see sched_setattr(2)
 */
export interface Scheduler {
  /** Scheduling policy. */
  readonly policy: SchedulerPolicy;
  /** Nice value, -20 (highest priority) to 19, for SCHED_OTHER and SCHED_BATCH. Default: 0. */
  readonly nice?: number;
  /** Static priority, 1 to 99, for SCHED_FIFO and SCHED_RR. Default: 0. */
  readonly priority?: number;
  /** Flags of sched_setattr(2). */
  readonly flags?: readonly SchedulerFlag[];
  /** Time that the process may run in each period, in ns, for SCHED_DEADLINE. Default: 0. */
  readonly runtime?: number;
  /** Deadline within each period, in ns, for SCHED_DEADLINE. Default: 0. */
  readonly deadline?: number;
  /** Length of the period, in ns, for SCHED_DEADLINE. Default: 0, which means the deadline. */
  readonly period?: number;
}
