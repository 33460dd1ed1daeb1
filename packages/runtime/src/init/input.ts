/**
 * What the planner knows: the configuration, and facts that the launcher looked up. It looks nothing up itself.
 *
 * @module
 */

import type {
  Config,
  LinuxMemoryPolicy,
  LinuxNamespaceType,
  LinuxPersonality,
  Process,
} from "@ctr/spec";
import type { HookStream } from "./hooks.ts";
import type { NamespacePlan } from "./linux/namespaces.ts";
import type { SourceInRoot } from "./mounts/bind-mount.ts";
import type { CopiedLink } from "./mounts/copied-link.ts";
import type { MountBeneath } from "./rootfs.ts";

/** One hierarchy of cgroups, as a mount of type `cgroup` shows it in the container. */
export interface CgroupMountSource {
  /** Directory below the mount, for example `memory`; `""` for cgroup v2, which is the mount itself. */
  readonly name: string;
  /** Other names of it, as symbolic links: `cpu` for `cpu,cpuacct`. */
  readonly aliases: readonly string[];
  /** Directory on the host that is the container's own cgroup. */
  readonly path: string;
}

/** What `planCreate()` needs. */
export interface CreateInput {
  readonly id: string;
  readonly config: Config;
  /** Directory of config.json; sources of bind mounts may be relative to it. */
  readonly bundle: string;
  /** Absolute path of the root filesystem, symbolic links resolved. */
  readonly rootfs: string;
  /** Mount point that the root filesystem lies on, when it stays shared; see `rootfs.ts`. */
  readonly rootfsParentMount?: string;
  readonly namespaces: NamespacePlan;
  /** How many cgroups the program joins itself: descriptors `cgroup-0` and so on, open files `tasks` or `cgroup.procs`. */
  readonly cgroupJoins: number;
  /** How many groups of resctrl it joins: descriptors `resctrl-0` and so on, open files tasks. @default 0 */
  readonly resctrlJoins?: number;
  /** What mounts of type `cgroup` show. */
  readonly cgroupMounts: readonly CgroupMountSource[];
  /** Places of the mounts whose source the launcher has opened: descriptors `mount-<place>`. */
  readonly openedSources: ReadonlySet<number>;
  /** Sources of bind mounts that lie in the root filesystem, by the place of the mount. @default none */
  readonly sourcesInRoot?: ReadonlyMap<number, SourceInRoot>;
  /** Places of the mounts that are links to be made anew. @default none */
  readonly copiedLinks?: ReadonlyMap<number, CopiedLink>;
  readonly process: ProcessInput;
  readonly seccomp?: SeccompInput;
  /** Whether the launcher has made the devices: descriptor `devices`. @default {false} */
  readonly deviceNodes?: boolean;
  /** Use MS_MOVE and chroot(2) in place of pivot_root(2): for a root filesystem in a ramdisk. */
  readonly noPivot: boolean;
  /** Mounts of proc and sysfs that would stay beneath the root then; see `rootfs.ts`. @default none */
  readonly revealing?: readonly MountBeneath[];
  /** Do not make a session keyring. */
  readonly noNewKeyring: boolean;
  /** The launcher has something to do when the mounts exist, and says on `sync` when it is done. */
  readonly runtimeHooks: boolean;
  /** There are hooks that the program runs: descriptor `state` is a file with the container's state. */
  readonly containerHooks: boolean;
  /** Streams of those hooks that go to files: descriptors `hook-stdout` and `hook-stderr`. */
  readonly hookOutputs?: readonly HookStream[];
  /** Whether the host has /proc/kcore. */
  readonly hasKcore: boolean;
  /** Whether the launcher itself is in a user namespace that is not the first. */
  readonly inUserNamespace?: boolean;
}

/** What `planExec()` needs. */
export interface ExecInput {
  readonly id: string;
  /** Namespaces to join, of the process that descriptor `init` is a pidfd of. */
  readonly namespaces: readonly LinuxNamespaceType[];
  /** Whether the container has no mount namespace: descriptor `root` is the directory that is its root. @default false */
  readonly changesRoot?: boolean;
  readonly cgroupJoins: number;
  readonly resctrlJoins?: number;
  readonly process: ProcessInput;
  readonly noNewKeyring: boolean;
  /** The profile of the container, for the new process too. */
  readonly seccomp?: SeccompInput;
  readonly personality?: LinuxPersonality;
  readonly memoryPolicy?: LinuxMemoryPolicy;
}

/** A compiled seccomp profile. */
export interface SeccompInput {
  /** `struct sock_filter[]`. */
  readonly filter: Uint8Array;
  /** `SECCOMP_FILTER_FLAG_*`. */
  readonly flags: number;
  /** The launcher fetches the notify descriptor and passes it on. */
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
  /** Limits that the user namespace has no right to raise are set by the launcher. */
  readonly limitsByLauncher: boolean;
  /** The launcher prepares the terminal before the program goes on. */
  readonly preparesConsole?: boolean;
  /** Of stdio, the descriptors that the user is to own: pipes, files and sockets, never device nodes. */
  readonly ownedStdio: readonly number[];
}
