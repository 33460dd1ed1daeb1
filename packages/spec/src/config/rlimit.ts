/**
 * The names of the resource limits of Linux in the order of their numbers on most architectures.
 *
 * @see getrlimit(2)
 */
export const rlimitTypes = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
  "RLIMIT_NOFILE",
  "RLIMIT_MEMLOCK",
  "RLIMIT_AS",
  "RLIMIT_LOCKS",
  "RLIMIT_SIGPENDING",
  "RLIMIT_MSGQUEUE",
  "RLIMIT_NICE",
  "RLIMIT_RTPRIO",
  "RLIMIT_RTTIME",
] as const;

/** A name of {@linkcode rlimitTypes}. */
export type RlimitType = (typeof rlimitTypes)[number];

/**
 * A resource limit of a process.
 *
 * Values are unsigned 64-bit; 18446744073709551615, which JSON numbers round to 2^64, is
 * RLIM_INFINITY.
 *
 * @see config.md, "POSIX process", `rlimits`
 * @see getrlimit(2)
 */
export interface Rlimit {
  /** The limit's name, such as `RLIMIT_NOFILE`. */
  readonly type: string;
  /** Ceiling of the soft limit, in the unit of the type. */
  readonly hard: number;
  /** The limit that is enforced, in the unit of the type. */
  readonly soft: number;
}
