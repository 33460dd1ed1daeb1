/**
 * Configuration of a Solaris zone.
 *
 * @see config-solaris.md
 * @see zonecfg(1M)
 */
export interface Solaris {
  /** Milestone to reach before the process starts, a service FMRI. */
  readonly milestone?: string;
  /** Maximum set of privileges of any process, comma-separated. */
  readonly limitpriv?: string;
  /** Maximum shared memory, such as `512m`. */
  readonly maxShmMemory?: string;
  /** Limit of CPU time. */
  readonly cappedCPU?: SolarisCappedCpu;
  /** Limits of memory. */
  readonly cappedMemory?: SolarisCappedMemory;
  /** Automatically made network interfaces. */
  readonly anet?: readonly SolarisAnet[];
}

/** @see config-solaris.md, "CappedCPU" */
export interface SolarisCappedCpu {
  /** Number of CPUs as a decimal fraction, such as `0.5`. */
  readonly ncpus?: string;
}

/** @see config-solaris.md, "CappedMemory" */
export interface SolarisCappedMemory {
  /** Physical memory, such as `512m`. */
  readonly physical?: string;
  /** Swap space, such as `512m`. */
  readonly swap?: string;
}

/** @see config-solaris.md, "Network", "Automatic Network (anet)" */
export interface SolarisAnet {
  /** Name of the virtual interface. */
  readonly linkname?: string;
  /** Link that it is made over. */
  readonly lowerLink?: string;
  /** Addresses that the container may use. */
  readonly allowedAddress?: string;
  /** `true` to configure {@linkcode SolarisAnet.allowedAddress} at start. */
  readonly configureAllowedAddress?: string;
  /** Default router. */
  readonly defrouter?: string;
  /** MAC address or a keyword such as `auto`. */
  readonly macAddress?: string;
  /** Kinds of link protection, comma-separated. */
  readonly linkProtection?: string;
}
