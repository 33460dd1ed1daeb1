/**
 * The net_cls and net_prio controllers of cgroup v1.
 *
 * @see config-linux.md, "Network"
 */
export interface LinuxNetwork {
  /** Class that the container's packets are tagged with. */
  readonly classID?: number;
  /** Priorities by interface. */
  readonly priorities?: readonly LinuxInterfacePriority[];
}

/** The priority of the container's traffic on one interface. */
export interface LinuxInterfacePriority {
  /** Interface in the runtime's network namespace. */
  readonly name: string;
  /** Priority. */
  readonly priority: number;
}
