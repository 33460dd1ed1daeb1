/**
 * The names of the Linux capabilities in the order of their numbers: the index is the bit.
 *
 * @see capabilities(7)
 */
export const capabilityNames = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

/** A name of {@linkcode capabilityNames}. */
export type CapabilityName = (typeof capabilityNames)[number];

/** The names of the five capability sets of a process. */
export const capabilitySets = [
  "bounding",
  "effective",
  "inheritable",
  "permitted",
  "ambient",
] as const;

/** A name of {@linkcode capabilitySets}. */
export type CapabilitySet = (typeof capabilitySets)[number];

/**
 * The five capability sets of a process, each a list of names such as `CAP_CHOWN`. An absent set is
 * empty. Names that the kernel lacks, or that cannot be granted, are warned about and left out.
 *
 * @see config.md, "Linux Process", `capabilities`
 * @see capabilities(7)
 */
export interface Capabilities {
  /** What the process and its children can ever have. */
  readonly bounding?: readonly string[];
  /** What the process may raise into its effective set. */
  readonly permitted?: readonly string[];
  /** What the kernel checks. */
  readonly effective?: readonly string[];
  /** What survives execve of a file with matching file capabilities. */
  readonly inheritable?: readonly string[];
  /** What survives execve of an ordinary file; within permitted and inheritable. */
  readonly ambient?: readonly string[];
}
