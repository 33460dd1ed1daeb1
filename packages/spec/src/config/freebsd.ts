/** What a jail can do about a resource of the host. */
export const freeBsdSharingModes = ["disable", "new", "inherit"] as const;

/** A name of {@linkcode freeBsdSharingModes}. */
export type FreeBsdSharingMode = (typeof freeBsdSharingModes)[number];

/**
 * Configuration of a FreeBSD jail.
 *
 * @since 1.3.0
 * @see config-freebsd.md
 */
export interface FreeBsd {
  /** Devices to make visible. */
  readonly devices?: readonly FreeBsdDevice[];
  /** Parameters of the jail. */
  readonly jail?: FreeBsdJail;
}

/** @see config-freebsd.md, "Devices" */
export interface FreeBsdDevice {
  /** Path relative to `/dev`. The prose requires it. */
  readonly path?: string;
  /** File mode as a number, 0 to 511. */
  readonly mode?: number;
}

/**
 * @see config-freebsd.md, "Jail"
 * @see jail(8)
 */
export interface FreeBsdJail {
  /** Parent jail. */
  readonly parent?: string;
  /** Host name, domain name, host uuid and host id: own or the parent's. */
  readonly host?: Exclude<FreeBsdSharingMode, "disable">;
  /** IPv4 addresses. */
  readonly ip4?: FreeBsdSharingMode;
  /** IPv4 addresses that the jail may use. */
  readonly ip4Addr?: readonly string[];
  /** IPv6 addresses. */
  readonly ip6?: FreeBsdSharingMode;
  /** IPv6 addresses that the jail may use. */
  readonly ip6Addr?: readonly string[];
  /** Network stack: own or the parent's. */
  readonly vnet?: Exclude<FreeBsdSharingMode, "disable">;
  /** Interface that gets the jail's addresses. */
  readonly interface?: string;
  /** Interfaces that are moved into the jail's network stack. */
  readonly vnetInterfaces?: readonly string[];
  /** System V messages. Default: `new`. */
  readonly sysvmsg?: FreeBsdSharingMode;
  /** System V semaphores. Default: `new`. */
  readonly sysvsem?: FreeBsdSharingMode;
  /** System V shared memory. Default: `new`. */
  readonly sysvshm?: FreeBsdSharingMode;
  /** Visibility of mounts, 0 to 2. Default: 2. */
  readonly enforceStatfs?: number;
  /** What the jail is allowed. */
  readonly allow?: FreeBsdJailAllow;
}

/** @see config-freebsd.md, "Jail", `allow` */
export interface FreeBsdJailAllow {
  /** Change the host name. Default: `false`. */
  readonly setHostname?: boolean;
  /** Raw sockets. Default: `false`. */
  readonly rawSockets?: boolean;
  /** Change system file flags. Default: `false`. */
  readonly chflags?: boolean;
  /** File system types that may be mounted. */
  readonly mount?: readonly string[];
  /** Change file system quotas. Default: `false`. */
  readonly quotas?: boolean;
  /** Sockets beyond IPv4, IPv6, unix and route. Default: `false`. */
  readonly socketAf?: boolean;
  /** mlock(2) and munlock(2). Default: `false`. */
  readonly mlock?: boolean;
  /** Bind to ports below 1024. Default: `false`. */
  readonly reservedPorts?: boolean;
  /** Superuser privileges: sysctl security.bsd.suser_enabled. Default: `true`. */
  readonly suser?: boolean;
}
