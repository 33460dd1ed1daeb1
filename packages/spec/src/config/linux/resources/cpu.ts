/**
 * The cpu and cpuset controllers. Times are in microseconds.
 *
 * @see config-linux.md, "CPU"
 */
export interface LinuxCpu {
  /** CPUs to run on, a list as in `0-3,7`. */
  readonly cpus?: string;
  /** Memory nodes to use, a list as in `0-3,7`. */
  readonly mems?: string;
  /** Length of a period of the fair scheduler, in µs. */
  readonly period?: number;
  /** CPU time that all tasks may use in a period, in µs; -1 means unlimited. */
  readonly quota?: number;
  /**
   * CPU time that may be saved up and used beyond the quota, in µs; not above the quota.
   *
   * @since 1.1.0
   */
  readonly burst?: number;
  /** Length of a period of the real-time scheduler, in µs. */
  readonly realtimePeriod?: number;
  /** CPU time of real-time tasks in a period, in µs. */
  readonly realtimeRuntime?: number;
  /** Relative weight, 2 to 262144; 1024 is the kernel's default. */
  readonly shares?: number;
  /**
   * 1 puts the cgroup below all others (SCHED_IDLE), 0 does not.
   *
   * @since 1.1.0
   */
  readonly idle?: number;
}
