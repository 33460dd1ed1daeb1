/**
 * What the planner knows: the configuration, and facts that the launcher looked up. It looks nothing up itself.
 *
 * @module
 */

import type { Config, Process } from "@ctr/spec";

/** One hierarchy of cgroups, as a mount of type `cgroup` shows it in the container. */
export interface CgroupMountSource {
  /** Directory below the mount, for example `memory`; `""` for cgroup v2, which is the mount itself. */
  readonly name: string;
  /** Other names of it, as symbolic links: `cpu` for `cpu,cpuacct`. */
  readonly aliases: readonly string[];
  /** Directory on the host that is the container's own cgroup. */
  readonly path: string;
}

/** What {@linkcode planCreate} needs. */
export interface CreateInput {
  readonly id: string;
  readonly config: Config;
  /** Directory of config.json; sources of bind mounts may be relative to it. */
  readonly bundle: string;
  /** Absolute path of the root filesystem, symbolic links resolved. */
  readonly rootfs: string;
  /** Mount point that the root filesystem lies on, when its parent must not be shared; see `rootfs.ts`. */
  readonly rootfsParentMount?: string;
  /** How many cgroups the program joins itself: descriptors `cgroup-0` and so on, open files cgroup.procs. */
  readonly cgroupJoins: number;
  /** What mounts of type `cgroup` show. */
  readonly cgroupMounts: readonly CgroupMountSource[];
  /** How the user's program and its environment look; see {@linkcode ProcessInput}. */
  readonly process: ProcessInput;
  /** Use MS_MOVE and chroot(2) in place of pivot_root(2): for a root filesystem in a ramdisk. */
  readonly noPivot: boolean;
  /** Do not make a session keyring. */
  readonly noNewKeyring: boolean;
  /** The launcher runs hooks when the namespaces exist, and says on `sync` when it is done. */
  readonly hooks: boolean;
}

/** What {@linkcode planExec} needs. */
export interface ExecInput {
  readonly id: string;
  /** `CLONE_NEW*` flags of the namespaces to join, of the process that descriptor `init` is a pidfd of. */
  readonly namespaces: bigint;
  readonly cgroupJoins: number;
  readonly process: ProcessInput;
  readonly noNewKeyring: boolean;
  /** The profile of the container, for the new process too. */
  readonly seccomp?: SeccompInput;
}

/** A compiled seccomp profile. */
export interface SeccompInput {
  /** `struct sock_filter[]`. */
  readonly filter: Uint8Array;
  /** `SECCOMP_FILTER_FLAG_*`. */
  readonly flags: number;
  /** The notify descriptor is sent over descriptor `seccomp`. */
  readonly listener: boolean;
}

/** What the user's program gets. */
export interface ProcessInput {
  readonly process: Process;
  /** Where `process` stands, as a JSON pointer: `/process` of config.json, `` of process.json. */
  readonly origin: string;
  /** HOME for when the environment has none; looked up in the container's /etc/passwd. */
  readonly home: string;
  readonly preserveFds: number;
  /** The highest capability of the kernel (/proc/sys/kernel/cap_last_cap). */
  readonly lastCapability: number;
  /** In a user namespace without setgroups(2) the groups stay as they are. */
  readonly canSetGroups: boolean;
  /** Of stdio, the descriptors that the user is to own: pipes, files and sockets, never device nodes. */
  readonly ownedStdio: readonly number[];
}
