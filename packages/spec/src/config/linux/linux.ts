import type { LinuxDevice } from "./devices.ts";
import type { LinuxIdMapping } from "./id-mapping.ts";
import type { LinuxIntelRdt } from "./intel-rdt.ts";
import type { LinuxMemoryPolicy } from "./memory-policy.ts";
import type { LinuxNamespace } from "./namespaces.ts";
import type { LinuxNetDevice } from "./net-devices.ts";
import type { LinuxPersonality } from "./personality.ts";
import type { LinuxResources } from "./resources/resources.ts";
import type { RootfsPropagation } from "./rootfs-propagation.ts";
import type { LinuxSeccomp } from "./seccomp.ts";
import type { LinuxTimeOffsets } from "./time-offsets.ts";

/**
 * Configuration that only Linux has.
 *
 * @see config-linux.md
 */
export interface Linux {
  /** Devices to make inside the container, beside the default ones. */
  readonly devices?: readonly LinuxDevice[];
  /**
   * Network devices to move from the runtime's network namespace into the container's, by their
   * name outside.
   *
   * @since 1.3.0
   */
  readonly netDevices?: Readonly<Record<string, LinuxNetDevice>>;
  /** User ids of a new user namespace. */
  readonly uidMappings?: readonly LinuxIdMapping[];
  /** Group ids of a new user namespace. */
  readonly gidMappings?: readonly LinuxIdMapping[];
  /** Namespaces to make or to join, each type at most once; any other is inherited. */
  readonly namespaces?: readonly LinuxNamespace[];
  /** Limits and device rules of the container's cgroup. */
  readonly resources?: LinuxResources;
  /**
   * The container's cgroup: absolute from the cgroup mount point, or relative to a place that the
   * runtime chooses. With the systemd driver `slice:prefix:name`. Default: the runtime's choice.
   */
  readonly cgroupsPath?: string;
  /** Mount propagation of the root file system. Default: `rprivate`. */
  readonly rootfsPropagation?: RootfsPropagation;
  /** System call filter. */
  readonly seccomp?: LinuxSeccomp;
  /** Kernel parameters by dotted name, such as `net.ipv4.ip_forward`. */
  readonly sysctl?: Readonly<Record<string, string>>;
  /** Paths inside the container that cannot be read, absolute. */
  readonly maskedPaths?: readonly string[];
  /** Paths inside the container that cannot be written, absolute. */
  readonly readonlyPaths?: readonly string[];
  /** SELinux context of the container's mounts. */
  readonly mountLabel?: string;
  /** Intel Resource Director Technology: cache and memory bandwidth. */
  readonly intelRdt?: LinuxIntelRdt;
  /**
   * NUMA memory policy.
   *
   * @since 1.3.0
   */
  readonly memoryPolicy?: LinuxMemoryPolicy;
  /**
   * Execution personality.
   *
   * @since 1.0.2
   */
  readonly personality?: LinuxPersonality;
  /**
   * Clock offsets of a new time namespace.
   *
   * @since 1.1.0
   */
  readonly timeOffsets?: LinuxTimeOffsets;
}
