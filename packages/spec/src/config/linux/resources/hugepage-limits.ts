/**
 * A limit of huge pages of one size.
 *
 * @see config-linux.md, "Huge page limits"
 */
export interface LinuxHugepageLimit {
  /** Page size as in `64KB`, `2MB`, `1GB`, with base 1024. */
  readonly pageSize: string;
  /** Limit in bytes. */
  readonly limit: number;
}
