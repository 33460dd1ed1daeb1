/**
 * A range of user or group ids.
 *
 * @see config-linux.md, "User namespace mappings"
 * @see user_namespaces(7)
 */
export interface LinuxIdMapping {
  /** First id in the container. */
  readonly containerID: number;
  /** First id on the host that it stands for. */
  readonly hostID: number;
  /** Number of ids. */
  readonly size: number;
}
