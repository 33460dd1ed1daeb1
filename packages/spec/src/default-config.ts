import type { Capabilities } from "./config/capabilities.ts";
import { type Config, ociVersion } from "./config/config.ts";
import type { Linux } from "./config/linux/linux.ts";
import type { Mount } from "./config/mount.ts";

/** Options of {@linkcode defaultConfig}. */
export interface DefaultConfigOptions {
  /**
   * Whom to run as on the host: makes a configuration that needs no privileges, in a user namespace
   * where this user is root. Default: a configuration for root.
   */
  readonly rootless?: { readonly uid: number; readonly gid: number };
  /**
   * Whether the container gets a cgroup namespace of its own, as `runc spec` has it where cgroup v2
   * is the only hierarchy.
   *
   * @default false
   */
  readonly cgroupNamespace?: boolean;
}

/**
 * Paths that hold secrets of the host or harm it when read; from `runc spec`, and the power meter of the processors, from
 * which secrets of others can be told (GHSA-7ww5-4wqc-m92c).
 */
export const defaultMaskedPaths: readonly string[] = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
  "/proc/scsi",
];

/** Paths that change the host when written; from `runc spec`. */
export const defaultReadonlyPaths: readonly string[] = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

const defaultCapabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"] as const;

/**
 * Returns the configuration that `runc spec` writes: `sh` on a terminal, in a read-only `rootfs`.
 *
 * @example
 * ```ts
 * import { defaultConfig } from "@ctr/spec";
 *
 * const config = { ...defaultConfig(), hostname: "web" };
 * console.log(config.process?.args, config.root?.readonly); // ["sh"] true
 * ```
 */
export function defaultConfig(options: DefaultConfigOptions = {}): Config {
  const { rootless } = options;
  return {
    ociVersion,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: capabilities(),
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "runc",
    mounts: rootless === undefined ? defaultMounts() : rootlessMounts(),
    linux: linux(options),
  };
}

function capabilities(): Capabilities {
  return {
    bounding: [...defaultCapabilities],
    effective: [...defaultCapabilities],
    permitted: [...defaultCapabilities],
  };
}

function linux({ rootless, cgroupNamespace = false }: DefaultConfigOptions): Linux {
  const cgroup = cgroupNamespace ? [{ type: "cgroup" } as const] : [];
  const paths = {
    maskedPaths: [...defaultMaskedPaths],
    readonlyPaths: [...defaultReadonlyPaths],
  };
  if (rootless === undefined) {
    return {
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        ...cgroup,
      ],
      ...paths,
    };
  }
  return {
    uidMappings: [{ containerID: 0, hostID: rootless.uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: rootless.gid, size: 1 }],
    namespaces: [
      { type: "pid" },
      { type: "ipc" },
      { type: "uts" },
      { type: "mount" },
      ...cgroup,
      { type: "user" },
    ],
    ...paths,
  };
}

/** Returns the mounts of `runc spec`. */
export function defaultMounts(): readonly Mount[] {
  return [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    },
    {
      destination: "/dev/mqueue",
      type: "mqueue",
      source: "mqueue",
      options: ["nosuid", "noexec", "nodev"],
    },
    {
      destination: "/sys",
      type: "sysfs",
      source: "sysfs",
      options: ["nosuid", "noexec", "nodev", "ro"],
    },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
  ];
}

/**
 * What a user namespace without a network namespace of its own may mount: no new sysfs, and no
 * group 5, which has no mapping.
 */
function rootlessMounts(): readonly Mount[] {
  return defaultMounts().map((mount) => {
    if (mount.destination === "/sys") {
      const options = ["rbind", "nosuid", "noexec", "nodev", "ro"];
      return { destination: "/sys", type: "none", source: "/sys", options };
    }
    const options = mount.options?.filter((option) => !/^[ug]id=/.test(option));
    return options === undefined ? mount : { ...mount, options };
  });
}
