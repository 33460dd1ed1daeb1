/**
 * Clock offsets of a new time namespace.
 *
 * @since 1.1.0
 * @see config-linux.md, "Offset for Time Namespace"
 * @see time_namespaces(7)
 */
export interface LinuxTimeOffsets {
  /** CLOCK_BOOTTIME. */
  readonly boottime?: LinuxTimeOffset;
  /** CLOCK_MONOTONIC. */
  readonly monotonic?: LinuxTimeOffset;
}

/** The offset of one clock: the sum of both parts. */
export interface LinuxTimeOffset {
  /** Seconds, may be negative. Default: 0. */
  readonly secs?: number;
  /** Nanoseconds. Default: 0. */
  readonly nanosecs?: number;
}
