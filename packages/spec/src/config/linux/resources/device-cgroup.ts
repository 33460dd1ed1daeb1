/**
 * A rule about which devices the container may use.
 *
 * @see config-linux.md, "Allowed Device list"
 */
export interface LinuxDeviceCgroup {
  /** Whether the rule allows or denies. */
  readonly allow: boolean;
  /** `a` (all), `c` (character) or `b` (block). Default: `a`. */
  readonly type?: string;
  /** Major number. Default: all; runtimes read -1 as all, too. */
  readonly major?: number;
  /** Minor number. Default: all; runtimes read -1 as all, too. */
  readonly minor?: number;
  /** A composition of `r` (read), `w` (write) and `m` (mknod). Default: none. */
  readonly access?: string;
}
