/**
 * Configurations of one field each, or of a few that belong together, that are compared under us and under runc.
 *
 * @module
 */

import type { Config } from "@ctr/spec";
import { bundlePlace } from "./differential-bundle.ts";
import { type Change, withLinux, withProcess } from "./test-bundle.ts";

const source = `${bundlePlace}/source`;

/** Changes fields of `linux`. */
const linux =
  (fields: Partial<NonNullable<Config["linux"]>>) =>
  (config: Config): Config =>
    withLinux(config, fields);
const process_ =
  (fields: Parameters<typeof withProcess>[1]) =>
  (config: Config): Config =>
    withProcess(config, fields);
const mount =
  (type: string, options: readonly string[], destination = "/mnt", source = type) =>
  (config: Config): Config => ({
    ...config,
    mounts: [...(config.mounts ?? []), { destination, type, source, options }],
  });
const resources = (fields: NonNullable<NonNullable<Config["linux"]>["resources"]>) =>
  linux({ resources: fields });
const namespaces =
  (remove: readonly string[], add: readonly ("user" | "cgroup")[] = []) =>
  (config: Config): Config =>
    withLinux(config, {
      namespaces: [
        ...(config.linux?.namespaces ?? []).filter(
          ({ type }) => !remove.includes(type) && !add.some((added) => added === type),
        ),
        ...add.map((type) => ({ type })),
      ],
    });
const together =
  (...changes: readonly ((config: Config) => Config)[]) =>
  (config: Config): Config =>
    changes.reduce((changed, change) => change(changed), config);

const userNamespace = together(
  namespaces([], ["user"]),
  linux({
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  }),
);

const bindOptions: readonly (readonly string[])[] = [
  ["bind"],
  ["rbind"],
  ["bind", "ro"],
  ["rbind", "ro"],
  ["rbind", "rro"],
  ["bind", "nosuid", "nodev", "noexec"],
  ["bind", "noatime"],
  ["bind", "nodiratime", "noatime"],
  ["bind", "strictatime"],
  ["bind", "relatime"],
  ["bind", "nodiratime"],
  ["bind", "atime"],
  ["bind", "diratime", "norelatime", "nostrictatime"],
  ["bind", "rprivate"],
  ["bind", "private"],
  ["bind", "rslave"],
  ["bind", "slave"],
  ["bind", "rshared"],
  ["bind", "shared"],
  ["bind", "unbindable"],
  ["bind", "nosymfollow"],
  ["rbind", "rnosuid", "rnodev", "rnoexec"],
  ["rbind", "rnoatime"],
  ["bind", "ro", "rw"],
  ["bind", "noexec", "exec"],
];
const tmpfsOptions: readonly (readonly string[])[] = [
  [],
  ["ro"],
  ["size=64k"],
  ["mode=1777", "size=1m", "nr_inodes=100"],
  ["nosuid", "nodev", "noexec"],
  ["noatime"],
  ["strictatime"],
  ["relatime"],
  ["nodiratime"],
  ["noatime", "atime"],
  ["norelatime"],
  ["nostrictatime", "diratime"],
  ["sync"],
  ["dirsync"],
  ["lazytime"],
  ["uid=1000", "gid=1000"],
  ["nosymfollow"],
  ["private"],
  ["rslave"],
  ["shared"],
];

/** What each changes of what `runc spec` writes. */
export const namedCases: Readonly<Record<string, Change>> = {
  "what runc spec writes": (config) => config,
  "a writable root": (config) => ({
    ...config,
    root: { ...config.root, path: "rootfs", readonly: false },
  }),
  "another host name": (config) => ({ ...config, hostname: "other" }),
  "no host name": ({ hostname: _, ...config }) => config,
  "a user": process_({ user: { uid: 1000, gid: 1000 } }),
  "a user with groups": process_({ user: { uid: 1000, gid: 1001, additionalGids: [5, 6, 7] } }),
  "root with groups": process_({ user: { uid: 0, gid: 0, additionalGids: [10] } }),
  "a umask": process_({ user: { uid: 0, gid: 0, umask: 0o77 } }),
  "another directory": process_({ cwd: "/tmp" }),
  "a directory that is made": together(process_({ cwd: "/tmp/made/for/this" })),
  "an environment": process_({ env: ["PATH=/bin", "A=1", "B=x y", "EMPTY="] }),
  "its own HOME": process_({ env: ["PATH=/bin", "HOME=/elsewhere"] }),
  "no capabilities": process_({ capabilities: {} }),
  "no capability field": (config) => {
    const { capabilities: _, ...rest } = config.process ?? { cwd: "/" };
    return { ...config, process: rest };
  },
  "some capabilities": process_({
    capabilities: {
      bounding: ["CAP_CHOWN", "CAP_NET_RAW"],
      permitted: ["CAP_CHOWN", "CAP_NET_RAW"],
      effective: ["CAP_CHOWN"],
    },
  }),
  "inheritable and ambient capabilities": process_({
    user: { uid: 1000, gid: 1000 },
    capabilities: {
      bounding: ["CAP_NET_BIND_SERVICE", "CAP_KILL"],
      permitted: ["CAP_NET_BIND_SERVICE", "CAP_KILL"],
      effective: ["CAP_NET_BIND_SERVICE"],
      inheritable: ["CAP_NET_BIND_SERVICE"],
      ambient: ["CAP_NET_BIND_SERVICE"],
    },
  }),
  "new privileges": process_({ noNewPrivileges: false }),
  rlimits: process_({
    rlimits: [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_NPROC", soft: 50, hard: 60 },
      { type: "RLIMIT_STACK", soft: 1_048_576, hard: 2_097_152 },
    ],
  }),
  "no rlimits": process_({ rlimits: [] }),
  "an OOM score": process_({ oomScoreAdj: 500 }),
  "the host's network": together(namespaces(["network"])),
  "the host's pids": namespaces(["pid"]),
  "the host's ipc": namespaces(["ipc"]),
  "a cgroup namespace": namespaces([], ["cgroup"]),
  "a user namespace": userNamespace,
  "a user namespace and a user": together(
    userNamespace,
    process_({ user: { uid: 5, gid: 6, additionalGids: [7] } }),
  ),
  "a user namespace and limits": together(
    userNamespace,
    process_({ rlimits: [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }] }),
  ),
  "no masked paths": linux({ maskedPaths: [] }),
  "no read-only paths": linux({ readonlyPaths: [] }),
  "masked and read-only files of the image": linux({
    maskedPaths: ["/etc/motd", "/home", "/missing"],
    readonlyPaths: ["/tmp", "/etc/group", "/missing"],
  }),
  "masked paths of which one lies in a shared mount": together(
    mount("tmpfs", ["rshared"], "/mnt"),
    linux({ maskedPaths: ["/mnt", "/home", "/link", "/usr/share"] }),
  ),
  "a read-only tmpfs that something is mounted in": together(
    mount("tmpfs", ["ro"], "/mnt"),
    mount("bind", ["bind"], "/mnt/a/b", source),
  ),
  sysctls: linux({ sysctl: { "net.ipv4.ip_forward": "1", "kernel.msgmax": "65536" } }),
  "a device": linux({
    devices: [
      { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o640, uid: 1000, gid: 5 },
    ],
  }),
  "a device in a directory": linux({
    devices: [{ path: "/dev/a/b", type: "c", major: 1, minor: 3 }],
  }),
  "a FIFO": linux({ devices: [{ path: "/dev/fifo", type: "p", fileMode: 0o600 }] }),
  "all devices": resources({ devices: [{ allow: true, access: "rwm" }] }),
  "one device": resources({
    devices: [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 1, minor: 8, access: "r" },
    ],
  }),
  "a pid limit": resources({ pids: { limit: 100 } }),
  "a memory limit": resources({ memory: { limit: 67_108_864 } }),
  "cpu shares": resources({ cpu: { shares: 512 } }),
  "a cpu quota": resources({ cpu: { quota: 50_000, period: 100_000 } }),
  "a cpuset": resources({ cpu: { cpus: "0" } }),
  "slave propagation of the root": linux({ rootfsPropagation: "slave" }),
  "private propagation of the root": linux({ rootfsPropagation: "private" }),
  "a seccomp profile": linux({
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
      syscalls: [
        { names: ["sethostname", "symlink", "symlinkat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 },
      ],
    },
  }),
  "no mounts but proc": (config) => ({
    ...config,
    mounts: (config.mounts ?? []).filter(({ type }) => type === "proc"),
  }),
  "a bound file": mount("bind", ["bind", "ro"], "/etc/hosts", `${bundlePlace}/source/file`),
  "a bind to a place that is missing": together(
    (config) => ({ ...config, root: { path: "rootfs" } }),
    mount("bind", ["bind"], "/made/here", source),
  ),
  "a bind through a link": mount("bind", ["bind"], "/link", source),
  "a relative destination": mount("tmpfs", [], "mnt", "tmpfs"),
  "a tmpfs that copies up": mount("tmpfs", ["tmpcopyup"], "/etc", "tmpfs"),
  "a hierarchy of cgroups to write to": (config) => ({
    ...config,
    mounts: (config.mounts ?? []).map((each) =>
      each.type === "cgroup" ? { ...each, options: ["nosuid", "noexec", "nodev"] } : each,
    ),
  }),
  ...Object.fromEntries(
    bindOptions.map((options) => [
      `bind: ${options.join(",")}`,
      mount("bind", options, "/mnt", source),
    ]),
  ),
  ...Object.fromEntries(
    tmpfsOptions.map((options) => [
      `tmpfs: ${options.join(",")}`,
      mount("tmpfs", options, "/mnt", "tmpfs"),
    ]),
  ),
};
