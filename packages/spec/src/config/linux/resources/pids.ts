/**
 * The pids controller.
 *
 * @see config-linux.md, "PIDs"
 */
export interface LinuxPids {
  /** Maximum number of tasks; -1 means unlimited, 0 is a limit of none. */
  readonly limit: number;
}
