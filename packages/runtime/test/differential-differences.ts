/**
 * Where a container of ours and one of runc's differ, and why that is right.
 *
 * @module
 */

import type { Config, Mount } from "@ctr/spec";
import type { Seen } from "./differential-bundle.ts";

/** A difference that is right: its lines are made equal on both sides before they are compared. */
export interface Difference {
  /** The section of the probe's output, or `left` or `hooks`. */
  readonly section: string;
  /** Of which configurations it is right; of all when left out. */
  readonly when?: (config: Config) => boolean;
  readonly line: RegExp;
  readonly becomes: string;
  readonly reason: string;
}

/** What differs in what a program sees. */
export const differences: readonly Difference[] = [
  {
    section: "/proc/self/mountinfo",
    when: ({ mounts, linux }) =>
      mounts?.some(({ options }) => options?.includes("nosymfollow")) === true &&
      (linux?.readonlyPaths ?? []).length > 0,
    line: /^(\S+ \S+ ro(?:,\S+)?),nosymfollow\b/,
    becomes: "$1",
    reason: "runc 1.1 does not know nosymfollow when it makes a path read-only, and takes it away",
  },
  {
    section: "before",
    line: /^.*(level=warning|WARN|bunc: warning: ).*$/,
    becomes: "",
    reason: "on a terminal, the runtime's own warnings come before what the program prints",
  },
  {
    section: "before",
    line: /^startContainer.*$/,
    becomes: "",
    reason:
      "what a hook in the container prints goes where the program's output goes, as with crun; runc keeps it for a message",
  },
  {
    section: "/proc/self/mountinfo",
    when: ({ linux }) =>
      linux?.rootfsPropagation === "shared" || linux?.rootfsPropagation === "unbindable",
    line: /^(.*) (shared|unbindable) - /,
    becomes: "$1 - ",
    reason:
      "runc 1.1 leaves the root filesystem private, later ones make it what is asked; we make the mounts shared, too, that are bound into it",
  },
  {
    section: "write",
    line: /^.*\/sys\/fs\/cgroup\/x.*$/,
    becomes: "/sys/fs/cgroup/x",
    reason: 'we make the directory above the hierarchies read-only, too, when the mount says "ro"',
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\S*\/null (\/\S+) .*$/,
    becomes: "masked $1",
    reason:
      "we mask files with the host's null device, which the container cannot replace beforehand",
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\/ (\S+) ro,\S+( shared| master)* - tmpfs tmpfs (ro|rw,size=4k,nr_inodes=1)(,\w+(=\d+)?)*$/,
    becomes: "masked $1",
    reason: "we mask directories with one file system that holds a single page",
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\/ \/sys\/fs\/cgroup r[wo],(\S+) - tmpfs .*$/,
    becomes: "cgroups $1",
    reason: 'we make the directory above the hierarchies read-only, too, when the mount says "ro"',
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\S+ \/sys\/fs\/cgroup\/unified .*$/,
    becomes: "",
    reason: "on a hybrid host we show the hierarchy of version 2 beside the others",
  },
  {
    section: "/proc/self/mountinfo",
    line: / - cgroup systemd rw,/,
    becomes: " - cgroup cgroup rw,",
    reason: "runc mounts a hierarchy anew for a cgroup namespace, with its name as the source",
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\S+ (\/sys\/fs\/cgroup \S+) - cgroup2 \S+ (.*?)(,nsdelegate)?$/,
    becomes: "$1 $2",
    reason:
      "without a cgroup namespace we show the container its own cgroup, runc those of the whole host",
  },
  {
    section: "/proc/self/mountinfo",
    line: /^\/\w+ (\/dev\/\w+) rw\S* - devtmpfs .*$/,
    becomes: "device $1",
    reason: "the host's devices that a user namespace gets are nosuid and noexec, as with crun",
  },
  {
    section: "/sys/fs/cgroup/cpu.weight",
    when: (config) => config.linux?.resources?.cpu?.shares !== undefined,
    line: /^\d+$/,
    becomes: "of shares",
    reason:
      "runc 1.1 makes a weight of version 2 in proportion to the shares, later ones and we by a curve that keeps 1024 at 100",
  },
  {
    section: "left",
    line: /^100755 (.*)$/,
    becomes: "100644 $1",
    reason: "runc 1.1 makes the file that a file is mounted at executable, later ones as we do",
  },
  {
    section: "hooks",
    line: /\bstatus=(created|running)\b/,
    becomes: "status=created or running",
    reason:
      'runc 1.1 runs poststart before the program; after "start" the container is "running", as with later ones',
  },
  {
    section: "hooks",
    line: /\bstatus=creating\b/,
    becomes: "status=created or running",
    reason:
      'runtime.md has "creating" for step 2 of the lifecycle, and hooks before the start are steps 3 to 5; crun and the suite of runtime-tools read it so, too',
  },
  {
    section: "/proc/self/mountinfo",
    when: (config) => (config.mounts ?? []).some(keepsMode),
    line: /^(.* - tmpfs .*),mode=\d+/,
    becomes: "$1",
    reason:
      "runc 1.1 changes the mode of a tmpfs to that of its mount point when it is mounted, later ones and we make it an option",
  },
  {
    section: "lists",
    when: (config) => (config.mounts ?? []).some(hasMode),
    line: /^d\S+ (\S+ \/(mnt|mnt\/a|data|home|tmp|made)) *$/,
    becomes: "directory $1",
    reason: "runc 1.1 gives a tmpfs the mode of its mount point also when an option says another",
  },
  {
    section: "lists",
    line: /^(drwxrwxrwt 0):65534 (\S+)$/,
    becomes: "$1:0 $2",
    reason: "runc makes the ipc namespace before it has the gid of the user namespace's root",
  },
];

/** A configuration that runc refuses and we run. */
export interface Refusal {
  readonly when: (config: Config) => boolean;
  /** What runc says. */
  readonly message: RegExp;
  readonly reason: string;
}

/** What runc refuses and we run. */
export const refusals: readonly Refusal[] = [
  {
    when: ({ linux }) => linux?.rootfsPropagation === "unbindable",
    message: /mount @bundle\/rootfs:@bundle\/rootfs, flags: 0x5000: invalid argument/,
    reason:
      "runc 1.1 cannot bind a root filesystem whose parent it has just made unbindable, as rootfsPropagation says",
  },
  {
    when: ({ mounts = [] }) => ["sysfs", "mqueue"].some((type) => isTwiceAtOnePlace(mounts, type)),
    message: /mount (sysfs|mqueue):\S+ .*: device or resource busy/,
    reason:
      "mount(2), which runc uses, refuses the one file system of a namespace twice at one place; move_mount(2) does not",
  },
  {
    when: (config) => hasUserNamespace(config) && hasOption(config, /^r?bind$/),
    message:
      /mount \/proc\/self\/fd\/\d+:\S+ .*, flags: 0x\w*[2367abef]\w: operation not permitted/,
    reason:
      "runc 1.1 changes a bind mount in the user namespace, where Linux has locked its attributes; ours is made before",
  },
  {
    when: (config) => hasUserNamespace(config) && hasOption(config, /^r\w*atime$/),
    message: /error mounting \S+ to rootfs at \S+: operation not permitted/,
    reason:
      "runc 1.1 changes access times with those of all mounts below (rnoatime) in the user namespace, where Linux has locked them; ours are changed before",
  },
  {
    when: (config) => hasUserNamespace(config) && !hasNamespace(config, "network"),
    message: /error mounting \S*sysfs\S* to rootfs at \S+: mount .*: operation not permitted/,
    reason:
      "a user namespace may not mount sysfs for a network namespace that is not its own; we open it before, as crun does",
  },
  {
    when: ({ mounts }) =>
      mounts?.some(({ type, options }) => type === "tmpfs" && options?.includes("ro")) === true,
    message: /mount \/\S+, flags: 0x\w+: (no such file or directory|invalid argument)/,
    reason:
      "runc makes a tmpfs read-only at the end and by its path, which a later mount may have hidden",
  },
  {
    when: ({ linux }) => linux?.resources?.devices?.some(({ allow }) => !allow) === true,
    message: /unable to remove 'allow' exception: .*cannot punch hole in existing wildcard rule/,
    reason:
      "runc takes no device out of many that it has allowed, as version 1 cannot; we deny it, in the order of the list",
  },
  {
    when: ({ linux, process }) => linux?.seccomp !== undefined && process?.noNewPrivileges !== true,
    message: /SIGSYS: bad system call/,
    reason:
      "without noNewPrivileges the filter comes before the last steps of the runtime, and Go's runtime needs calls that our program does not",
  },
];

function hasNamespace({ linux }: Config, type: string): boolean {
  return linux?.namespaces?.some((namespace) => namespace.type === type) === true;
}

function hasUserNamespace(config: Config): boolean {
  return hasNamespace(config, "user");
}

function hasOption({ mounts = [] }: Config, option: RegExp): boolean {
  return mounts.some(({ options }) => options?.some((each) => option.test(each)));
}

function isTwiceAtOnePlace(mounts: readonly Mount[], type: string): boolean {
  const places = mounts.filter((mount) => mount.type === type).map((mount) => mount.destination);
  return new Set(places).size < places.length;
}

function keepsMode(mount: Mount): boolean {
  return mount.type === "tmpfs" && !mount.options?.some((option) => option.startsWith("mode="));
}

function hasMode({ destination, options = [] }: Mount): boolean {
  return !destination.startsWith("/dev") && options.some((option) => option.startsWith("mode="));
}

/** What was seen, with what is known to differ made equal. */
export function ironed(config: Config, seen: Seen): Seen {
  const known = differences.filter(({ when }) => when?.(config) !== false);
  const iron = (section: string, lines: readonly string[]): string[] => {
    const own = known.filter((each) => each.section === section);
    const changed = lines.map((line) =>
      own.reduce((text, each) => text.replace(each.line, each.becomes), line),
    );
    const left = changed.filter((line) => line !== "");
    return section === "/proc/self/mountinfo" ? left.toSorted() : left;
  };
  const sections = Object.entries(seen.sections);
  return {
    ...seen,
    sections: Object.fromEntries(sections.map(([name, lines]) => [name, iron(name, lines)])),
    left: iron("left", seen.left),
    hooks: iron("hooks", seen.hooks),
  };
}
