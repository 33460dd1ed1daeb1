import type { LinuxIdMapping } from "./linux/id-mapping.ts";

/**
 * One file system to mount, or one directory or file to bind.
 *
 * @see config.md, "Mounts"
 * @see mount(2), mount_setattr(2)
 */
export interface Mount {
  /**
   * Where, inside the container. Absolute; on Linux a relative path is taken from `/`
   * (deprecated since 1.2.0).
   */
  readonly destination: string;
  /**
   * What: a device, a dummy name, or for bind mounts a file or directory, absolute or relative to
   * the bundle.
   */
  readonly source?: string;
  /**
   * Options: those of {@linkcode linuxMountOptions} are the runtime's, any other is passed to the
   * file system. `bind` or `rbind` makes it a bind mount.
   */
  readonly options?: readonly string[];
  /** File system type as in `/proc/filesystems`; a dummy such as `none` for bind mounts. */
  readonly type?: string;
  /**
   * User ids of the source file system as seen at the destination. Goes with `gidMappings` and the
   * option `idmap` or `ridmap`; needs Linux 5.12.
   *
   * @since 1.1.0
   */
  readonly uidMappings?: readonly LinuxIdMapping[];
  /**
   * Group ids of the source file system as seen at the destination. Goes with `uidMappings`.
   *
   * @since 1.1.0
   */
  readonly gidMappings?: readonly LinuxIdMapping[];
}

/**
 * The option names that the specification gives a meaning on Linux, each with how strongly it asks
 * for it: the 61 of its table, and `rnodev`, which is missing there and listed in features.md.
 *
 * @see config.md, "Linux mount options"
 */
export const linuxMountOptions: {
  readonly async: "MUST";
  readonly atime: "MUST";
  readonly bind: "MUST";
  readonly defaults: "MUST";
  readonly dev: "MUST";
  readonly diratime: "MUST";
  readonly dirsync: "MUST";
  readonly exec: "MUST";
  readonly idmap: "SHOULD";
  readonly iversion: "MUST";
  readonly lazytime: "MUST";
  readonly loud: "MUST";
  readonly mand: "MAY";
  readonly noatime: "MUST";
  readonly nodev: "MUST";
  readonly nodiratime: "MUST";
  readonly noexec: "MUST";
  readonly noiversion: "MUST";
  readonly nolazytime: "MUST";
  readonly nomand: "MAY";
  readonly norelatime: "MUST";
  readonly nostrictatime: "MUST";
  readonly nosuid: "MUST";
  readonly nosymfollow: "SHOULD";
  readonly private: "MUST";
  readonly ratime: "SHOULD";
  readonly rbind: "MUST";
  readonly rdev: "SHOULD";
  readonly rdiratime: "SHOULD";
  readonly relatime: "MUST";
  readonly remount: "MUST";
  readonly rexec: "SHOULD";
  readonly ridmap: "SHOULD";
  readonly rnoatime: "SHOULD";
  readonly rnodev: "SHOULD";
  readonly rnodiratime: "SHOULD";
  readonly rnoexec: "SHOULD";
  readonly rnorelatime: "SHOULD";
  readonly rnostrictatime: "SHOULD";
  readonly rnosuid: "SHOULD";
  readonly rnosymfollow: "SHOULD";
  readonly ro: "MUST";
  readonly rprivate: "MUST";
  readonly rrelatime: "SHOULD";
  readonly rro: "SHOULD";
  readonly rrw: "SHOULD";
  readonly rshared: "MUST";
  readonly rslave: "MUST";
  readonly rstrictatime: "SHOULD";
  readonly rsuid: "SHOULD";
  readonly rsymfollow: "SHOULD";
  readonly runbindable: "MUST";
  readonly rw: "MUST";
  readonly shared: "MUST";
  readonly silent: "MUST";
  readonly slave: "MUST";
  readonly strictatime: "MUST";
  readonly suid: "MUST";
  readonly symfollow: "SHOULD";
  readonly sync: "MUST";
  readonly tmpcopyup: "MAY";
  readonly unbindable: "MUST";
} = /* @__PURE__ */ makeLinuxMountOptions();

/**
 * Returns {@linkcode linuxMountOptions}, made when it is needed: for a start, a table of this size is a part of what it takes
 * to validate a configuration.
 */
export function makeLinuxMountOptions(): typeof linuxMountOptions {
  return {
    async: "MUST",
    atime: "MUST",
    bind: "MUST",
    defaults: "MUST",
    dev: "MUST",
    diratime: "MUST",
    dirsync: "MUST",
    exec: "MUST",
    idmap: "SHOULD",
    iversion: "MUST",
    lazytime: "MUST",
    loud: "MUST",
    mand: "MAY",
    noatime: "MUST",
    nodev: "MUST",
    nodiratime: "MUST",
    noexec: "MUST",
    noiversion: "MUST",
    nolazytime: "MUST",
    nomand: "MAY",
    norelatime: "MUST",
    nostrictatime: "MUST",
    nosuid: "MUST",
    nosymfollow: "SHOULD",
    private: "MUST",
    ratime: "SHOULD",
    rbind: "MUST",
    rdev: "SHOULD",
    rdiratime: "SHOULD",
    relatime: "MUST",
    remount: "MUST",
    rexec: "SHOULD",
    ridmap: "SHOULD",
    rnoatime: "SHOULD",
    rnodev: "SHOULD",
    rnodiratime: "SHOULD",
    rnoexec: "SHOULD",
    rnorelatime: "SHOULD",
    rnostrictatime: "SHOULD",
    rnosuid: "SHOULD",
    rnosymfollow: "SHOULD",
    ro: "MUST",
    rprivate: "MUST",
    rrelatime: "SHOULD",
    rro: "SHOULD",
    rrw: "SHOULD",
    rshared: "MUST",
    rslave: "MUST",
    rstrictatime: "SHOULD",
    rsuid: "SHOULD",
    rsymfollow: "SHOULD",
    runbindable: "MUST",
    rw: "MUST",
    shared: "MUST",
    silent: "MUST",
    slave: "MUST",
    strictatime: "MUST",
    suid: "MUST",
    symfollow: "SHOULD",
    sync: "MUST",
    tmpcopyup: "MAY",
    unbindable: "MUST",
  };
}

/** How strongly the specification asks a runtime to implement a mount option. */
export type MountOptionLevel = (typeof linuxMountOptions)[LinuxMountOption];

/** A key of {@linkcode linuxMountOptions}. */
export type LinuxMountOption = keyof typeof linuxMountOptions;
