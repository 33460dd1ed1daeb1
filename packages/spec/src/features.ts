import type { Annotations } from "./config/config.ts";
import type { LinuxNamespaceType } from "./config/linux/namespaces.ts";
import type {
  SeccompAction,
  SeccompArchitecture,
  SeccompFlag,
  SeccompOperator,
} from "./config/linux/seccomp.ts";

/**
 * What a runtime implements, as `features` prints it. An absent list or flag means "not known", not
 * "no". It says what is compiled in, not what the machine can do.
 *
 * @since 1.1.0
 * @see features.md
 */
export interface Features {
  /** Oldest version of the specification that the runtime accepts. */
  readonly ociVersionMin: string;
  /** Newest version of the specification that the runtime accepts. */
  readonly ociVersionMax: string;
  /** Names of the hooks that it runs. */
  readonly hooks?: readonly string[];
  /** Mount options that it implements itself; not the file systems' own. */
  readonly mountOptions?: readonly string[];
  /** What only Linux has. */
  readonly linux?: FeaturesLinux;
  /** Facts of the implementation, such as its version. */
  readonly annotations?: Annotations;
  /**
   * Annotations of a configuration that can change what the runtime does in unsafe ways; one that
   * ends with `.` is a prefix.
   *
   * @since 1.2.0
   */
  readonly potentiallyUnsafeConfigAnnotations?: readonly string[];
}

/** @see features-linux.md */
export interface FeaturesLinux {
  /** Namespace types. */
  readonly namespaces?: readonly LinuxNamespaceType[];
  /** Capabilities. */
  readonly capabilities?: readonly string[];
  readonly cgroup?: FeaturesCgroup;
  readonly seccomp?: FeaturesSeccomp;
  readonly apparmor?: FeaturesEnabled;
  readonly selinux?: FeaturesEnabled;
  readonly intelRdt?: FeaturesIntelRdt;
  /** @since 1.3.0 */
  readonly memoryPolicy?: FeaturesMemoryPolicy;
  /** @since 1.2.0 */
  readonly mountExtensions?: FeaturesMountExtensions;
  /** @since 1.3.0 */
  readonly netDevices?: FeaturesEnabled;
}

/** Whether one feature is compiled in. */
export interface FeaturesEnabled {
  readonly enabled?: boolean;
}

/** @see features-linux.md, "Cgroup" */
export interface FeaturesCgroup {
  /** cgroup v1. */
  readonly v1?: boolean;
  /** cgroup v2. */
  readonly v2?: boolean;
  /** The system's systemd as cgroup driver. */
  readonly systemd?: boolean;
  /** A user's systemd as cgroup driver. */
  readonly systemdUser?: boolean;
  /** The rdma controller. */
  readonly rdma?: boolean;
}

/** @see features-linux.md, "Seccomp" */
export interface FeaturesSeccomp {
  readonly enabled?: boolean;
  readonly actions?: readonly SeccompAction[];
  readonly operators?: readonly SeccompOperator[];
  readonly archs?: readonly SeccompArchitecture[];
  /** Flags that the runtime knows. */
  readonly knownFlags?: readonly SeccompFlag[];
  /** Flags that kernel and libraries support, too. */
  readonly supportedFlags?: readonly SeccompFlag[];
}

/** @see features-linux.md, "Intel RDT" */
export interface FeaturesIntelRdt {
  readonly enabled?: boolean;
  /**
   * Whether `linux.intelRdt.schemata` is implemented. The published schema does not check it.
   *
   * @since 1.3.0
   */
  readonly schemata?: boolean;
  /**
   * Whether `linux.intelRdt.enableMonitoring` is implemented. The published schema does not check it.
   *
   * @since 1.3.0
   */
  readonly monitoring?: boolean;
}

/**
 * The published schema does not check it.
 *
 * @since 1.3.0
 * @see features-linux.md, "Memory policy"
 */
export interface FeaturesMemoryPolicy {
  /** Modes, such as `MPOL_BIND`. */
  readonly modes?: readonly string[];
  /** Flags, such as `MPOL_F_STATIC_NODES`. */
  readonly flags?: readonly string[];
}

/**
 * @since 1.2.0
 * @see features-linux.md, "Mount Extensions"
 */
export interface FeaturesMountExtensions {
  /** Mounts with id mappings of their own. */
  readonly idmap?: FeaturesEnabled;
}
