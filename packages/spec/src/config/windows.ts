/**
 * Configuration of a Windows container.
 *
 * @see config-windows.md
 */
export interface Windows {
  /** Layer folders from the topmost to the base; the last is the scratch. At least one. */
  readonly layerFolders: readonly string[];
  /**
   * Devices to make available.
   *
   * @since 1.0.2
   */
  readonly devices?: readonly WindowsDevice[];
  /** Limits. */
  readonly resources?: WindowsResources;
  /** Network of the container. */
  readonly network?: WindowsNetwork;
  /** Credential specification for group managed service accounts; its form is Windows' own. */
  readonly credentialSpec?: Readonly<Record<string, unknown>>;
  /** Whether the container is started to apply updates. Default: `false`. */
  readonly servicing?: boolean;
  /** Whether disk flushes are ignored during boot. Default: `false`. */
  readonly ignoreFlushesDuringBoot?: boolean;
  /** When present, the container runs with Hyper-V isolation. */
  readonly hyperv?: WindowsHyperV;
}

/**
 * @since 1.0.2
 * @see config-windows.md, "Devices"
 */
export interface WindowsDevice {
  /** What to make available, read as {@linkcode WindowsDevice.idType} says. */
  readonly id: string;
  /** `class`: a device interface class GUID. */
  readonly idType: "class";
}

/** @see config-windows.md, "Resources" */
export interface WindowsResources {
  readonly memory?: WindowsMemory;
  readonly cpu?: WindowsCpu;
  readonly storage?: WindowsStorage;
}

/** @see config-windows.md, "Memory" */
export interface WindowsMemory {
  /** Memory limit, in bytes. */
  readonly limit?: number;
}

/** @see config-windows.md, "CPU" */
export interface WindowsCpu {
  /** Number of CPUs. */
  readonly count?: number;
  /** Weight against other workloads, 0 to 10000. */
  readonly shares?: number;
  /** Share of processor cycles in hundredths of a percent, up to 10000. */
  readonly maximum?: number;
  /**
   * CPUs to run on. The prose says a list; the published schema accepts one object.
   *
   * @since 1.2.1
   */
  readonly affinity?: WindowsCpuGroupAffinity;
}

/**
 * @since 1.2.1
 * @see config-windows.md, "CPU", `affinity`
 */
export interface WindowsCpuGroupAffinity {
  /** Bit mask of the CPUs in the group. */
  readonly mask?: number;
  /** Processor group. */
  readonly group?: number;
}

/** @see config-windows.md, "Storage" */
export interface WindowsStorage {
  /** I/O operations per second of the system drive. */
  readonly iops?: number;
  /** Bytes per second of the system drive. */
  readonly bps?: number;
  /** Least size of the system drive, in bytes. */
  readonly sandboxSize?: number;
}

/** @see config-windows.md, "Network" */
export interface WindowsNetwork {
  /** Host Network Service endpoints to connect to. */
  readonly endpointList?: readonly string[];
  /** Whether names without a domain are resolved. */
  readonly allowUnqualifiedDNSQuery?: boolean;
  /** DNS suffixes. */
  readonly DNSSearchList?: readonly string[];
  /** Container whose network stack is shared. */
  readonly networkSharedContainerName?: string;
  /**
   * Network namespace to use; then no other field may be set.
   *
   * @since 1.0.2
   */
  readonly networkNamespace?: string;
}

/** @see config-windows.md, "HyperV" */
export interface WindowsHyperV {
  /** Image of the utility virtual machine. */
  readonly utilityVMPath?: string;
}
