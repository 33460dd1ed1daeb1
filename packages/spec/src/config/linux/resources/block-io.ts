/**
 * The block I/O controller (v1 `blkio`, v2 `io`).
 *
 * @see config-linux.md, "Block IO"
 */
export interface LinuxBlockIo {
  /** Weight on every device, 10 to 1000. */
  readonly weight?: number;
  /** Weight of the cgroup's own tasks against its children, 10 to 1000; cgroup v1 only. */
  readonly leafWeight?: number;
  /** Read limits in bytes per second. */
  readonly throttleReadBpsDevice?: readonly LinuxThrottleDevice[];
  /** Write limits in bytes per second. */
  readonly throttleWriteBpsDevice?: readonly LinuxThrottleDevice[];
  /** Read limits in operations per second. */
  readonly throttleReadIOPSDevice?: readonly LinuxThrottleDevice[];
  /** Write limits in operations per second. */
  readonly throttleWriteIOPSDevice?: readonly LinuxThrottleDevice[];
  /** Weights by device. */
  readonly weightDevice?: readonly LinuxWeightDevice[];
}

/** A rate limit of one block device. */
export interface LinuxThrottleDevice {
  /** Major number. */
  readonly major: number;
  /** Minor number. */
  readonly minor: number;
  /** Bytes or operations per second. The prose requires it. */
  readonly rate?: number;
}

/** The weights of one block device, at least one of them. */
export interface LinuxWeightDevice {
  /** Major number. */
  readonly major: number;
  /** Minor number. */
  readonly minor: number;
  /** Weight, 10 to 1000. */
  readonly weight?: number;
  /** Weight of the cgroup's own tasks, 10 to 1000; cgroup v1 only. */
  readonly leafWeight?: number;
}
