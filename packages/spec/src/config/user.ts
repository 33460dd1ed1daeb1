/**
 * Whom a process runs as. Numbers only: names are for the layers above to look up.
 *
 * @see config.md, "User"
 */
export interface User {
  /** User id in the container. The prose requires it on POSIX; runtimes take absent as 0. */
  readonly uid?: number;
  /** Group id in the container. The prose requires it on POSIX; runtimes take absent as 0. */
  readonly gid?: number;
  /**
   * File mode creation mask as a number, so 18 is octal 022. Default: the runtime's own.
   *
   * @since 1.0.2
   */
  readonly umask?: number;
  /** Supplementary group ids in the container. */
  readonly additionalGids?: readonly number[];
  /** User name. Windows only. */
  readonly username?: string;
}
