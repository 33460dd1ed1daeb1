/**
 * Cache allocation and memory bandwidth through a mounted resctrl file system.
 *
 * @see config-linux.md, "IntelRdt"
 */
export interface LinuxIntelRdt {
  /**
   * Class of service: the directory in resctrl; `/` is the default class. Default: one of its own,
   * named after the container.
   *
   * @since 1.0.2
   */
  readonly closID?: string;
  /**
   * Lines of the `schemata` file, written last.
   *
   * @since 1.3.0
   */
  readonly schemata?: readonly string[];
  /** Level 3 cache capacity masks, starts with `L3:`, one line. */
  readonly l3CacheSchema?: string;
  /**
   * Memory bandwidth, starts with `MB:`, one line.
   *
   * @since 1.0.2
   */
  readonly memBwSchema?: string;
  /**
   * Whether a monitoring group of the container is made. It replaces `enableCMT` and `enableMBM`.
   *
   * @since 1.3.0
   */
  readonly enableMonitoring?: boolean;
}
