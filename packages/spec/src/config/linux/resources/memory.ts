/**
 * The memory controller. Limits are in bytes, -1 means unlimited.
 *
 * @see config-linux.md, "Memory"
 */
export interface LinuxMemory {
  /** Hard limit (v1 `memory.limit_in_bytes`, v2 `memory.max`). */
  readonly limit?: number;
  /** Soft limit (v1 `memory.soft_limit_in_bytes`, v2 `memory.low`). */
  readonly reservation?: number;
  /** Limit of memory and swap together; not below {@linkcode LinuxMemory.limit}. */
  readonly swap?: number;
  /**
   * Hard limit of kernel memory.
   *
   * @deprecated the kernel no longer implements it.
   */
  readonly kernel?: number;
  /**
   * Hard limit of TCP buffers.
   *
   * @deprecated not recommended.
   */
  readonly kernelTCP?: number;
  /** How eagerly pages are swapped out, 0 to 100; cgroup v1 only. */
  readonly swappiness?: number;
  /** Whether tasks wait instead of being killed when memory is out; cgroup v1 only. */
  readonly disableOOMKiller?: boolean;
  /**
   * Whether children are accounted to this cgroup; cgroup v1 only.
   *
   * @since 1.0.2
   */
  readonly useHierarchy?: boolean;
  /**
   * Whether a limit below the current usage is refused, as cgroup v1 does anyway.
   *
   * @since 1.1.0
   */
  readonly checkBeforeUpdate?: boolean;
}
