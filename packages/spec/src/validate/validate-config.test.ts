import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { linuxMountOptions } from "../config/mount.ts";
import { defaultConfig } from "../default-config.ts";
import type { Features } from "../features.ts";
import { upgradeConfig } from "../upgrade/upgrade-config.ts";
import { configRules } from "./config-rules.ts";
import {
  requireValidConfig,
  requireValidProcess,
  type ValidateOptions,
  validateConfig,
} from "./validate-config.ts";

type Json = Readonly<Record<string, unknown>>;

const redis = await Bun.file(
  new URL("../../../../examples/redis/config.json", import.meta.url),
).json();
const process = { cwd: "/", args: ["sh"] };
const base: Json = { ociVersion: "1.3.0", root: { path: "rootfs" }, process };
const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the base with fields put over it, objects field by field. */
function over(fields: Json, target: Json = base): Json {
  const merged = Object.entries(fields).map(([key, value]) => {
    const there = target[key];
    return [key, isJson(value) && isJson(there) ? over(value, there) : value];
  });
  return { ...target, ...Object.fromEntries(merged) };
}

const mount = (fields: Json): Json => ({
  mounts: [{ destination: "/m", type: "tmpfs", ...fields }],
});
const linux = (fields: Json): Json => ({ linux: fields });
const own = (...types: readonly string[]): Json => ({
  namespaces: types.map((type) => ({ type })),
});
const resources = (fields: Json): Json => linux({ resources: fields });
const seccomp = (fields: Json): Json =>
  linux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", ...fields } });
const rule = (fields: Json): Json =>
  seccomp({ syscalls: [{ names: ["getcwd"], action: "SCMP_ACT_ERRNO", ...fields }] });
const features = (fields: Partial<Features>): ValidateOptions => ({
  features: { ociVersionMin: "1.0.0", ociVersionMax: "1.3.0", ...fields },
});
const on = (platform: NonNullable<ValidateOptions["platform"]>): ValidateOptions => ({ platform });
const map = (containerID: number, hostID: number, size: number): Json => ({
  containerID,
  hostID,
  size,
});
const hook = (fields: Json): Json => ({ hooks: { poststop: [{ path: "/h", ...fields }] } });

/** What breaks each rule, and where: name, fields over the base, pointers, options. */
const broken: readonly (readonly [string, Json, readonly string[], ValidateOptions?])[] = [
  ["version-form", { ociVersion: "1.3" }, ["/ociVersion"]],
  ["version-form", { ociVersion: "v1.0.0" }, ["/ociVersion"]],
  ["version-major", { ociVersion: "2.0.0" }, ["/ociVersion"]],
  ["version-supported", { ociVersion: "1.9.0" }, ["/ociVersion"], features({})],
  ["root-required", { root: undefined }, ["/root"]],
  ["root-required", { root: undefined, windows: { layerFolders: ["a"], hyperv: {} } }, ["/root"]],
  ["root-path", { root: { path: "" } }, ["/root/path"]],
  ["root-volume", { root: { path: "C:\\x" } }, ["/root/path"], on("windows")],
  ["root-readonly-windows", { root: { readonly: true } }, ["/root/readonly"], on("windows")],
  ["root-hyperv", { windows: { layerFolders: ["a"], hyperv: {} } }, ["/root"], on("windows")],
  ["mount-destination-relative", mount({ destination: "m" }), ["/mounts/0/destination"]],
  ["mount-destination-absolute", mount({ destination: "m" }), ["/mounts/0/destination"], on("zos")],
  ["mount-destination-clean", mount({ destination: "/a/../b" }), ["/mounts/0/destination"]],
  [
    "mount-nested",
    { mounts: [{ destination: "C:\\a" }, { destination: "c:/A/b" }, { destination: "c:\\ab" }] },
    ["/mounts/1/destination"],
    on("windows"),
  ],
  ["mount-bind-source", mount({ options: ["rbind"] }), ["/mounts/0/source"]],
  ["mount-type", mount({ type: undefined }), ["/mounts/0/type"]],
  ["mount-options-contradict", mount({ options: ["ro", "rw"] }), ["/mounts/0/options"]],
  ["mount-options-contradict", mount({ options: ["rslave", "private"] }), ["/mounts/0/options"]],
  ["mount-options-contradict", mount({ options: ["rnosuid", "rsuid"] }), ["/mounts/0/options"]],
  [
    "mount-options-contradict",
    mount({ options: ["nosuid", "rnosuid", "__proto__", "nodev", "slave", "shared", "ro=x"] }),
    [],
  ],
  [
    "mount-options-contradict",
    mount({ options: ["ro", "nosuid", "strictatime", "rw", "noatime", "suid"] }),
    ["/mounts/0/options", "/mounts/0/options", "/mounts/0/options"],
  ],
  [
    "mount-options-bind",
    mount({ source: "/s", options: ["bind", "nosiud"] }),
    ["/mounts/0/options/1"],
  ],
  [
    "mount-options-supported",
    mount({ options: ["rro", "size=1"] }),
    ["/mounts/0/options/0"],
    features({ mountOptions: ["ro"] }),
  ],
  ["mount-mappings-paired", mount({ uidMappings: [map(0, 1, 1)] }), ["/mounts/0/gidMappings"]],
  [
    "mount-mappings-option",
    mount({ uidMappings: [map(0, 1, 1)], gidMappings: [map(0, 1, 1)] }),
    ["/mounts/0/options"],
  ],
  ["mount-idmap", mount({ options: ["idmap"] }), ["/mounts/0/options"]],
  [
    "mount-idmap-supported",
    mount({ options: ["ridmap"] }),
    ["/mounts/0/options"],
    features({ linux: { mountExtensions: { idmap: { enabled: false } } } }),
  ],
  ["process-required", { process: undefined }, ["/process"]],
  ["process-cwd", { process: { cwd: "home" } }, ["/process/cwd"]],
  ["process-cwd", { process: { cwd: "/" } }, ["/process/cwd"], on("windows")],
  ["process-args", { process: { args: [] } }, ["/process/args"]],
  ["process-args", { process: { args: [""] } }, ["/process/args/0"]],
  ["process-command-line", { process: { args: [] } }, ["/process/commandLine"], on("windows")],
  ["process-env", { process: { env: ["A=1", "B", "=C"] } }, ["/process/env/1", "/process/env/2"]],
  ["process-env-duplicate", { process: { env: ["A=1", "A=2"] } }, ["/process/env/1"]],
  [
    "process-env",
    { process: { env: ["=C:=C:\\", "=D"], commandLine: "x" } },
    ["/process/env/1"],
    on("windows"),
  ],
  [
    "null-byte",
    {
      process: { args: ["a\0b"], cwd: "/\0" },
      annotations: { "a.b": "\0" },
      ...mount({ options: ["ro\0", "\\u0000"] }),
      linux: { sysctl: { "net.x\0": "1" } },
    },
    ["/linux/sysctl/net.x\0", "/mounts/0/options/0", "/process/args/0", "/process/cwd"],
  ],
  [
    "path-clean",
    {
      process: { cwd: "/a/.." },
      linux: {
        devices: [{ type: "p", path: "/dev/../x" }],
        maskedPaths: ["/a", "/a//b"],
        readonlyPaths: ["/./a", "/.a/..b"],
      },
    },
    ["/linux/devices/0/path", "/linux/maskedPaths/1", "/linux/readonlyPaths/0", "/process/cwd"],
  ],
  [
    "process-console-size",
    { process: { consoleSize: { height: 1, width: 1 } } },
    ["/process/consoleSize"],
  ],
  ["process-oom-score-adj", { process: { oomScoreAdj: 1001 } }, ["/process/oomScoreAdj"]],
  [
    "process-cpu-affinity",
    { process: { execCPUAffinity: { initial: "3-1", final: "0-3, 7" } } },
    ["/process/execCPUAffinity/initial"],
  ],
  [
    "process-user-id",
    { process: { user: { uid: 2 ** 32 - 1, gid: 2 ** 32 - 1, additionalGids: [0, 2 ** 32 - 1] } } },
    ["/process/user/additionalGids/1", "/process/user/gid", "/process/user/uid"],
  ],
  ["process-umask", { process: { user: { umask: 512 } } }, ["/process/user/umask"]],
  [
    "process-lsm-supported",
    { process: { apparmorProfile: "a", selinuxLabel: "b" } },
    ["/process/selinuxLabel"],
    features({ linux: { apparmor: { enabled: true }, selinux: { enabled: false } } }),
  ],
  [
    "rlimit-known",
    { process: { rlimits: [{ type: "RLIMIT_NOFILES", soft: 1, hard: 1 }] } },
    ["/process/rlimits/0/type"],
  ],
  [
    "rlimit-duplicate",
    {
      process: {
        rlimits: [
          { type: "RLIMIT_CPU", soft: 1, hard: 1 },
          { type: "RLIMIT_CPU", soft: 2, hard: 2 },
        ],
      },
    },
    ["/process/rlimits/1/type"],
  ],
  [
    "rlimit-soft",
    { process: { rlimits: [{ type: "RLIMIT_CPU", soft: 2, hard: 1 }] } },
    ["/process/rlimits/0/soft"],
  ],
  [
    "io-priority",
    { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } } },
    ["/process/ioPriority/priority"],
  ],
  [
    "scheduler-nice",
    { process: { scheduler: { policy: "SCHED_OTHER", nice: 20 } } },
    ["/process/scheduler/nice"],
  ],
  [
    "scheduler-priority",
    { process: { scheduler: { policy: "SCHED_FIFO" } } },
    ["/process/scheduler/priority"],
  ],
  [
    "scheduler-priority",
    { process: { scheduler: { policy: "SCHED_OTHER", priority: 1 } } },
    ["/process/scheduler/priority"],
  ],
  [
    "scheduler-deadline",
    { process: { scheduler: { policy: "SCHED_DEADLINE", runtime: 5000, deadline: 4000 } } },
    ["/process/scheduler/runtime"],
  ],
  [
    "scheduler-deadline",
    { process: { scheduler: { policy: "SCHED_IDLE", period: 1 } } },
    ["/process/scheduler/period"],
  ],
  [
    "io-priority-required",
    { process: { ioPriority: { class: "IOPRIO_CLASS_RT" } } },
    ["/process/ioPriority/priority"],
  ],
  [
    "scheduler-flags",
    { process: { scheduler: { policy: "SCHED_RR", priority: 1, flags: ["SCHED_FLAG_RECLAIM"] } } },
    ["/process/scheduler/flags/0"],
  ],
  [
    "scheduler-deadline-fork",
    {
      process: {
        scheduler: { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 3000, period: 4000 },
      },
    },
    ["/process/scheduler/flags"],
  ],
  [
    "capability-known",
    { process: { capabilities: { bounding: ["CAP_KILL", "CAP_NET_BIN"] } } },
    ["/process/capabilities/bounding/1"],
  ],
  [
    "capability-subset",
    { process: { capabilities: { effective: ["CAP_KILL"] } } },
    ["/process/capabilities/effective/0"],
  ],
  [
    "capability-inheritable",
    { process: { capabilities: { bounding: ["CAP_KILL"], inheritable: ["CAP_KILL", "CAP_BPF"] } } },
    ["/process/capabilities/inheritable/1"],
  ],
  [
    "capability-ambient",
    {
      process: {
        capabilities: {
          bounding: ["CAP_KILL", "CAP_CHOWN"],
          permitted: ["CAP_KILL", "CAP_CHOWN"],
          inheritable: ["CAP_KILL"],
          ambient: ["CAP_CHOWN", "CAP_KILL"],
        },
      },
    },
    ["/process/capabilities/ambient/0"],
  ],
  [
    "capability-ambient",
    {
      process: {
        capabilities: {
          bounding: ["CAP_KILL"],
          inheritable: ["CAP_KILL"],
          ambient: ["CAP_KILL", "CAP_BPF"],
        },
      },
    },
    [
      "/process/capabilities/ambient/0",
      "/process/capabilities/ambient/1",
      "/process/capabilities/ambient/1",
    ],
  ],
  ["hook-path", hook({ path: "h" }), ["/hooks/poststop/0/path"]],
  ["hook-timeout", hook({ timeout: 2 ** 40 }), ["/hooks/poststop/0/timeout"]],
  ["hook-env", hook({ env: ["A"] }), ["/hooks/poststop/0/env/0"]],
  ["hook-prestart", { hooks: { prestart: [{ path: "/h" }] } }, ["/hooks/prestart"]],
  ["hook-supported", hook({}), ["/hooks/poststop"], features({ hooks: ["createRuntime"] })],
  ["annotation-key", { annotations: { "": "" } }, ["/annotations/"]],
  ["annotation-value", { annotations: { "": 7 } }, ["/annotations/"]],
  [
    "annotation-reserved",
    { annotations: { "org.opencontainers.x": "" } },
    ["/annotations/org.opencontainers.x"],
  ],
  [
    "annotation-created",
    { annotations: { "org.opencontainers.image.created": "yesterday" } },
    ["/annotations/org.opencontainers.image.created"],
  ],
  ["annotation-domain", { annotations: { bundle: "", "a.b": "" } }, ["/annotations/bundle"]],
  ...["", "kill", "SIGRTMIN+", "SIG KILL"].map(
    (signal) =>
      [
        "annotation-stop-signal",
        { annotations: { "org.opencontainers.image.stopSignal": signal } },
        ["/annotations/org.opencontainers.image.stopSignal"],
      ] as const,
  ),
  ...["SIGKILL", "SIGRTMIN+3", "9"].map(
    (signal) =>
      [
        "annotation-stop-signal",
        { annotations: { "org.opencontainers.image.stopSignal": signal } },
        [],
      ] as const,
  ),
  [
    "annotation-unsafe",
    { annotations: { "org.criu.config": "", "org.systemd.property.X": "" } },
    ["/annotations/org.criu.config", "/annotations/org.systemd.property.X"],
    features({
      potentiallyUnsafeConfigAnnotations: ["org.criu.config", "org.systemd.property."],
    }),
  ],
  ["namespace-duplicate", linux(own("pid", "uts", "pid")), ["/linux/namespaces/2/type"]],
  [
    "namespace-path",
    linux({ namespaces: [{ type: "pid", path: "proc/1/ns/pid" }] }),
    ["/linux/namespaces/0/path"],
  ],
  [
    "namespace-supported",
    linux(own("time")),
    ["/linux/namespaces/0/type"],
    features({ linux: { namespaces: ["pid"] } }),
  ],
  ["hostname-namespace", { hostname: "a", domainname: "b" }, ["/domainname", "/hostname"]],
  ["hostname-length", { hostname: "é".repeat(33), ...linux(own("uts")) }, ["/hostname"]],
  ["time-offsets-namespace", linux({ timeOffsets: { boottime: {} } }), ["/linux/timeOffsets"]],
  [
    "time-offsets-nanosecs",
    linux({ ...own("time"), timeOffsets: { monotonic: { nanosecs: 1e9 } } }),
    ["/linux/timeOffsets/monotonic/nanosecs"],
  ],
  ["id-mappings-namespace", linux({ uidMappings: [map(0, 1, 1)] }), ["/linux/uidMappings"]],
  [
    "id-mappings-user",
    {
      process: { user: { uid: 5, gid: 7, additionalGids: [0, 9] } },
      ...linux({
        ...own("user"),
        uidMappings: [map(0, 1000, 5)],
        gidMappings: [map(0, 1000, 8)],
      }),
    },
    ["/process/user/additionalGids", "/process/user/uid"],
  ],
  [
    "id-mapping-size",
    linux({ uidMappings: [map(0, 1, 0), map(2 ** 32 - 1, 1, 2)] }),
    ["/linux/uidMappings/0/size", "/linux/uidMappings/1/size"],
  ],
  [
    "id-mapping-overlap",
    linux({ gidMappings: [map(0, 100, 10), map(9, 200, 10), map(50, 109, 1)] }),
    ["/linux/gidMappings/1/containerID", "/linux/gidMappings/2/hostID"],
  ],
  [
    "id-mapping-count",
    linux({ uidMappings: Array.from({ length: 341 }, (_, id) => map(id, id, 1)) }),
    ["/linux/uidMappings"],
  ],
  ["device-path", linux({ devices: [{ type: "p", path: "dev/x" }] }), ["/linux/devices/0/path"]],
  ["device-path", linux({ devices: [{ type: "p", path: "//" }] }), ["/linux/devices/0/path"]],
  ["device-path", linux({ devices: [{ type: "p", path: "/dev/x/" }] }), []],
  [
    "device-numbers",
    linux({ devices: [{ type: "c", path: "/a", major: 4096 }] }),
    ["/linux/devices/0/major", "/linux/devices/0/minor"],
  ],
  [
    "device-duplicate",
    linux({
      devices: [
        { type: "c", path: "/a", major: 1, minor: 3 },
        { type: "u", path: "/b", major: 1, minor: 3 },
      ],
    }),
    ["/linux/devices/1"],
  ],
  [
    "device-path-duplicate",
    linux({
      devices: [
        { type: "p", path: "/a" },
        { type: "p", path: "/a" },
      ],
    }),
    ["/linux/devices/1/path"],
  ],
  [
    "device-rule-type",
    resources({ devices: [{ allow: true, type: "p", access: "r" }] }),
    ["/linux/resources/devices/0/type"],
  ],
  [
    "device-rule-access",
    resources({ devices: [{ allow: true, access: "rx" }] }),
    ["/linux/resources/devices/0/access"],
  ],
  [
    "device-rule-empty",
    resources({ devices: [{ allow: true }] }),
    ["/linux/resources/devices/0/access"],
  ],
  [
    "device-rule-numbers",
    resources({ devices: [{ allow: true, access: "r", major: -2, minor: -1 }] }),
    ["/linux/resources/devices/0/major"],
  ],
  ["net-device-namespace", linux({ netDevices: { eth0: {} } }), ["/linux/netDevices"]],
  [
    "net-device-name",
    linux({
      ...own("network"),
      netDevices: { "a b": {}, eth0: { name: "x".repeat(16) }, eth1: { name: "a%d" } },
    }),
    ["/linux/netDevices/a b", "/linux/netDevices/eth0/name"],
  ],
  [
    "net-device-duplicate",
    linux({ ...own("network"), netDevices: { eth0: {}, eth1: { name: "eth0" } } }),
    ["/linux/netDevices/eth1"],
  ],
  [
    "net-device-supported",
    linux({ ...own("network"), netDevices: { eth0: {} } }),
    ["/linux/netDevices"],
    features({ linux: { netDevices: { enabled: false } } }),
  ],
  ["memory-limits", resources({ memory: { limit: -2 } }), ["/linux/resources/memory/limit"]],
  [
    "memory-swap",
    resources({ memory: { limit: 100, swap: 99 } }),
    ["/linux/resources/memory/swap"],
  ],
  ["memory-swap", resources({ memory: { limit: -1, swap: 9 } }), ["/linux/resources/memory/swap"]],
  ["memory-swap-limit", resources({ memory: { swap: 9 } }), ["/linux/resources/memory/limit"]],
  [
    "memory-reservation",
    resources({ memory: { limit: 1, reservation: 2 } }),
    ["/linux/resources/memory/reservation"],
  ],
  [
    "memory-swappiness",
    resources({ memory: { swappiness: 101 } }),
    ["/linux/resources/memory/swappiness"],
  ],
  ["memory-kernel", resources({ memory: { kernel: 1 } }), ["/linux/resources/memory/kernel"]],
  ["cpu-burst", resources({ cpu: { quota: 2000, burst: 3000 } }), ["/linux/resources/cpu/burst"]],
  [
    "cpu-period",
    resources({ cpu: { quota: 999, period: 999 } }),
    ["/linux/resources/cpu/period", "/linux/resources/cpu/quota"],
  ],
  [
    "cpu-realtime",
    resources({ cpu: { realtimePeriod: 1, realtimeRuntime: 2 } }),
    ["/linux/resources/cpu/realtimeRuntime"],
  ],
  ["cpu-idle", resources({ cpu: { idle: 2 } }), ["/linux/resources/cpu/idle"]],
  [
    "cpu-lists",
    resources({ cpu: { cpus: "a", mems: "0,2-1" } }),
    ["/linux/resources/cpu/cpus", "/linux/resources/cpu/mems"],
  ],
  [
    "block-io-weight-device",
    resources({ blockIO: { weightDevice: [{ major: 8, minor: 0 }] } }),
    ["/linux/resources/blockIO/weightDevice/0"],
  ],
  [
    "block-io-rate",
    resources({ blockIO: { throttleReadIOPSDevice: [{ major: 8, minor: 0 }] } }),
    ["/linux/resources/blockIO/throttleReadIOPSDevice/0/rate"],
  ],
  [
    "block-io-weight",
    resources({ blockIO: { weight: 9, leafWeight: 0 } }),
    ["/linux/resources/blockIO/weight"],
  ],
  [
    "hugepage-size",
    resources({
      hugepageLimits: [
        { pageSize: "3MB", limit: 1 },
        { pageSize: "2MB", limit: 1 },
        { pageSize: "2MB", limit: 1 },
      ],
    }),
    ["/linux/resources/hugepageLimits/0/pageSize", "/linux/resources/hugepageLimits/2/pageSize"],
  ],
  ["pids-limit", resources({ pids: { limit: -2 } }), ["/linux/resources/pids/limit"]],
  ["rdma-limits", resources({ rdma: { mlx5_1: {} } }), ["/linux/resources/rdma/mlx5_1"]],
  [
    "cgroup-supported",
    resources({ rdma: { mlx5_1: { hcaHandles: 1 } }, unified: { "memory.max": "1" } }),
    ["/linux/resources/rdma", "/linux/resources/unified"],
    features({ linux: { cgroup: { rdma: false, v2: false } } }),
  ],
  [
    "unified-file",
    resources({ unified: { "../memory.max": "1", "memory.max": "1" } }),
    ["/linux/resources/unified/..~1memory.max"],
  ],
  ["cgroups-path", linux({ cgroupsPath: "/a/../b" }), ["/linux/cgroupsPath"]],
  ["cgroups-path-systemd", linux({ cgroupsPath: "a:b:c" }), ["/linux/cgroupsPath"]],
  [
    "masked-paths",
    linux({ maskedPaths: ["proc"], readonlyPaths: ["/proc", "x"] }),
    ["/linux/maskedPaths/0", "/linux/readonlyPaths/1"],
  ],
  [
    "sysctl-namespace",
    linux({
      ...own("ipc"),
      sysctl: {
        "net.ipv4.ip_forward": "1",
        "net/ipv4/conf/eth0.1/x": "1",
        "kernel.msgmax": "1",
        "fs/mqueue/msg_max": "1",
        "vm.swappiness": "1",
        "kernel.domainname": "x",
      },
    }),
    [
      "/linux/sysctl/kernel.domainname",
      "/linux/sysctl/net.ipv4.ip_forward",
      "/linux/sysctl/net~1ipv4~1conf~1eth0.1~1x",
      "/linux/sysctl/vm.swappiness",
    ],
  ],
  // Names that would lead out of the directory of their namespace, to parameters of the whole machine.
  [
    "sysctl-namespace",
    linux({
      ...own("network", "ipc", "user"),
      sysctl: {
        "net.ipv4.conf.eth0/1.mtu": "1",
        "net/ipv4/conf/eth0.1/mtu": "1",
        "net.//.kernel.core_pattern": "1",
        "net/../kernel/core_pattern": "1",
        "net/./x": "1",
        "net..x": "1",
        "user.": "1",
        "fs.mqueue.//": "1",
        "user.x\0": "1",
      },
    }),
    [
      "/linux/sysctl/fs.mqueue.~1~1",
      "/linux/sysctl/net..x",
      "/linux/sysctl/net.~1~1.kernel.core_pattern",
      "/linux/sysctl/net~1..~1kernel~1core_pattern",
      "/linux/sysctl/net~1.~1x",
      "/linux/sysctl/user.",
      "/linux/sysctl/user.x\0",
    ],
  ],
  [
    "sysctl-hostname",
    linux({ ...own("uts"), sysctl: { "kernel.hostname": "x" } }),
    ["/linux/sysctl/kernel.hostname"],
  ],
  ["personality-domain", linux({ personality: {} }), ["/linux/personality/domain"]],
  [
    "personality-flags",
    linux({ personality: { domain: "LINUX", flags: ["x"] } }),
    ["/linux/personality/flags"],
  ],
  [
    "intel-rdt-l3",
    linux({ intelRdt: { l3CacheSchema: "0=f" } }),
    ["/linux/intelRdt/l3CacheSchema"],
  ],
  [
    "intel-rdt-schemata",
    linux({ intelRdt: { schemata: ["L3:0=f", "a\nb"] } }),
    ["/linux/intelRdt/schemata/1"],
  ],
  ["intel-rdt-clos-id", linux({ intelRdt: { closID: "../x" } }), ["/linux/intelRdt/closID"]],
  [
    "intel-rdt-supported",
    linux({ intelRdt: { schemata: [], enableMonitoring: true } }),
    ["/linux/intelRdt", "/linux/intelRdt/enableMonitoring", "/linux/intelRdt/schemata"],
    features({ linux: { intelRdt: { enabled: false, schemata: false, monitoring: false } } }),
  ],
  ["memory-policy-mode", linux({ memoryPolicy: {} }), ["/linux/memoryPolicy/mode"]],
  [
    "memory-policy-mode",
    linux({ memoryPolicy: { mode: "MPOL_LOCAL" } }),
    ["/linux/memoryPolicy/mode"],
    features({ linux: { memoryPolicy: { modes: ["MPOL_BIND"] } } }),
  ],
  [
    "memory-policy-nodes",
    linux({ memoryPolicy: { mode: "MPOL_LOCAL", nodes: "0" } }),
    ["/linux/memoryPolicy/nodes"],
  ],
  [
    "memory-policy-nodes",
    linux({ memoryPolicy: { mode: "MPOL_BIND" } }),
    ["/linux/memoryPolicy/nodes"],
  ],
  [
    "memory-policy-nodes",
    linux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "x" } }),
    ["/linux/memoryPolicy/nodes"],
  ],
  [
    "memory-policy-flags",
    linux({
      memoryPolicy: {
        mode: "MPOL_BIND",
        nodes: "0",
        flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"],
      },
    }),
    ["/linux/memoryPolicy/flags"],
  ],
  [
    "memory-policy-flags",
    linux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] } }),
    ["/linux/memoryPolicy/flags/0"],
    features({ linux: { memoryPolicy: { flags: [] } } }),
  ],
  [
    "memory-policy-flags",
    linux({ memoryPolicy: { mode: "MPOL_LOCAL", flags: ["MPOL_F_NUMA_BALANCING"] } }),
    ["/linux/memoryPolicy/flags"],
  ],
  [
    "seccomp-errno-action",
    rule({ action: "SCMP_ACT_KILL", errnoRet: 1 }),
    ["/linux/seccomp/syscalls/0/errnoRet"],
  ],
  ["seccomp-errno-action", seccomp({ defaultErrnoRet: 1 }), ["/linux/seccomp/defaultErrnoRet"]],
  ["seccomp-errno-range", rule({ errnoRet: 4096 }), ["/linux/seccomp/syscalls/0/errnoRet"]],
  [
    "seccomp-errno-range",
    seccomp({ defaultAction: "SCMP_ACT_TRACE", defaultErrnoRet: 65_536 }),
    ["/linux/seccomp/defaultErrnoRet"],
  ],
  [
    "seccomp-listener-metadata",
    seccomp({ listenerMetadata: "x" }),
    ["/linux/seccomp/listenerMetadata"],
  ],
  ["seccomp-listener-path", rule({ action: "SCMP_ACT_NOTIFY" }), ["/linux/seccomp/listenerPath"]],
  ["seccomp-listener-unused", seccomp({ listenerPath: "/s" }), ["/linux/seccomp/listenerPath"]],
  [
    "seccomp-notify",
    seccomp({ defaultAction: "SCMP_ACT_NOTIFY" }),
    ["/linux/seccomp/defaultAction"],
  ],
  [
    "seccomp-notify",
    rule({ action: "SCMP_ACT_NOTIFY", names: ["read", "write"] }),
    ["/linux/seccomp/syscalls/0/names/1"],
  ],
  [
    "seccomp-arg-index",
    rule({ args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] }),
    ["/linux/seccomp/syscalls/0/args/0/index"],
  ],
  [
    "seccomp-value-two",
    rule({ args: [{ index: 0, value: 0, valueTwo: 1, op: "SCMP_CMP_EQ" }] }),
    ["/linux/seccomp/syscalls/0/args/0/valueTwo"],
  ],
  ["seccomp-names", rule({ names: ["get cwd"] }), ["/linux/seccomp/syscalls/0/names/0"]],
  ["seccomp-same-action", rule({ action: "SCMP_ACT_ALLOW" }), ["/linux/seccomp/syscalls/0/action"]],
  ["seccomp-kills", seccomp({ defaultAction: "SCMP_ACT_KILL" }), ["/linux/seccomp/syscalls"]],
  [
    "seccomp-duplicate",
    seccomp({ architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X86"] }),
    ["/linux/seccomp/architectures/1"],
  ],
  [
    "seccomp-supported",
    seccomp({
      architectures: ["SCMP_ARCH_X86"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      syscalls: [
        {
          names: ["a"],
          action: "SCMP_ACT_LOG",
          args: [{ index: 0, value: 0, op: "SCMP_CMP_NE" }],
        },
      ],
    }),
    [
      "/linux/seccomp",
      "/linux/seccomp/architectures/0",
      "/linux/seccomp/defaultAction",
      "/linux/seccomp/flags/0",
      "/linux/seccomp/syscalls/0/action",
      "/linux/seccomp/syscalls/0/args/0/op",
    ],
    features({
      linux: {
        seccomp: { enabled: false, actions: [], operators: [], archs: [], knownFlags: [] },
      },
    }),
  ],
  ["platform-section", { solaris: {}, linux: {} }, ["/solaris"]],
  [
    "platform-field",
    {
      process: { commandLine: "x", rlimits: [], capabilities: {}, user: { username: "x", uid: 1 } },
      hooks: {},
    },
    ["/process/commandLine", "/process/user/username"],
  ],
  [
    "platform-field",
    {
      process: { commandLine: "x", rlimits: [], capabilities: {}, user: { username: "x", uid: 1 } },
      hooks: {},
    },
    ["/hooks", "/process/capabilities", "/process/rlimits", "/process/user/uid"],
    on("windows"),
  ],
  ["windows-required", {}, ["/windows"], on("windows")],
  [
    "windows-network",
    { windows: { layerFolders: ["a"], network: { networkNamespace: "a", DNSSearchList: [] } } },
    ["/windows/network"],
    on("windows"),
  ],
  [
    "windows-cpu",
    { windows: { layerFolders: ["a"], resources: { cpu: { shares: 10_001 } } } },
    ["/windows/resources/cpu/shares"],
    on("windows"),
  ],
  ["vm-paths", { vm: { kernel: { path: "k", initrd: "/i" } } }, ["/vm/kernel/path"], on("vm")],
  [
    "zos-namespaces",
    { zos: { namespaces: [{ type: "pid" }, { type: "pid", path: "x" }] } },
    ["/zos/namespaces/1/path", "/zos/namespaces/1/type"],
    on("zos"),
  ],
  [
    "freebsd-devices",
    { freebsd: { devices: [{}, { path: "/dev/x" }, { path: "x" }] } },
    ["/freebsd/devices/0/path", "/freebsd/devices/1/path"],
    on("freebsd"),
  ],
  [
    "freebsd-statfs",
    { freebsd: { jail: { enforceStatfs: 3 } } },
    ["/freebsd/jail/enforceStatfs"],
    on("freebsd"),
  ],
];

describe("validateConfig()", () => {
  // A row that is shorter than the list of parameters would make the last one a callback.
  test.each(broken.map((row) => [row[0], row] as const))("rule %s", (name, row) => {
    const [, fields, pointers, options] = row;

    const problems = validateConfig(over(fields), options);

    const found = problems.filter(({ code }) => code === name).map(({ pointer }) => pointer);
    expect(found).toEqual([...pointers]);
  });

  test("has an example for every rule, and a name for each of its own", () => {
    const names = configRules.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect([...new Set(broken.map(([name]) => name))].sort()).toEqual(names.toSorted());
  });

  test("finds nothing in good configurations", () => {
    const rootless = { uid: 1000, gid: 1000 };

    expect(validateConfig(base)).toEqual([]);
    expect(validateConfig(defaultConfig())).toEqual([]);
    expect(validateConfig(defaultConfig({ rootless, cgroupNamespace: true }))).toEqual([]);
    expect(validateConfig(upgradeConfig(redis).config)).toEqual([]);
  });

  test("finds no error in the published examples but for early versions and a missing namespace", () => {
    const folder = new URL(
      "../../test/fixtures/runtime-spec/schema/test/config/good/",
      import.meta.url,
    );
    const errors = readdirSync(folder).flatMap((file) => {
      const config = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
      const platform = file.startsWith("zos")
        ? "zos"
        : file.startsWith("free")
          ? "freebsd"
          : "linux";
      return validateConfig(config, { platform })
        .filter(({ level }) => level === "error")
        .map(({ pointer, code }) => `${file} ${pointer} ${code}`);
    });

    expect(errors).toEqual([
      "linux-netdevice.json /linux/netDevices net-device-namespace",
      "spec-example.json /ociVersion version-major",
      "zos-example.json /ociVersion version-major",
    ]);
  });

  test("notes unknown fields and says what was likely meant", () => {
    const problems = validateConfig(
      over({ process: { capabilites: {} }, "com.example": { x: 1 } }),
    );

    expect(problems).toMatchObject([
      { pointer: "/com.example", code: "unknown-field", level: "note" },
      { pointer: "/process/capabilites", code: "unknown-field", meant: '"capabilities"' },
    ]);
  });

  test("says what the schema refuses first", () => {
    const problems = validateConfig({ ociVersion: "x", root: 7 });

    expect(problems.map(({ code }) => code)).toEqual(["wrong-type"]);
  });

  test("suggests names", () => {
    const config = over({
      process: { capabilities: { bounding: ["CAP_NET_BIN"] } },
      mounts: [{ destination: "/m", source: "/s", options: ["bind", "nosiud"] }],
    });

    expect(validateConfig(config).map(({ meant }) => meant)).toEqual([
      '"nosuid"',
      '"CAP_NET_BIND_SERVICE"',
    ]);
  });
});

describe("the options of a mount", () => {
  const names = Object.keys(linuxMountOptions);

  /** Returns the options that are said to contradict each other, the one that counts last. */
  const disputes = (...options: readonly string[]): readonly string[] =>
    validateConfig(over(mount({ options })))
      .filter(({ code }) => code === "mount-options-contradict")
      .map(({ found }) => found);

  /** The opposites of the table of the specification; those of trees have an r before each. */
  const opposites = (
    "ro rw,nosuid suid,nodev dev,noexec exec,nodiratime diratime,nosymfollow symfollow," +
    "noatime atime,relatime norelatime,strictatime nostrictatime," +
    "noatime relatime,noatime strictatime,relatime strictatime"
  )
    .split(",")
    .map((pair) => pair.split(" "));
  const others =
    "sync async,lazytime nolazytime,mand nomand,iversion noiversion,silent loud,bind rbind,idmap ridmap"
      .split(",")
      .map((pair) => pair.split(" "));
  const kinds = ["shared", "slave", "private", "unbindable"];

  /** Whether the specification or mount(8) have two options as different values of one thing. */
  function areOpposed(a: string, b: string): boolean {
    const has = (pair: readonly string[], x: string, y: string): boolean =>
      x !== y && pair.includes(x) && pair.includes(y);
    const bare = (name: string): readonly string[] =>
      name.startsWith("r") ? [name, name.slice(1)] : [name];
    return (
      others.some((pair) => has(pair, a, b)) ||
      bare(a).some((x) =>
        bare(b).some((y) => has(kinds, x, y) || opposites.some((pair) => has(pair, x, y))),
      )
    );
  }

  test("contradict each other exactly where one takes back what the other asks for, in all pairs", () => {
    expect(names).toHaveLength(62);
    const wrong = names.flatMap((a) =>
      names.flatMap((b) => {
        const isSharedSlave = a.replace(/^r/, "") === "slave" && b.replace(/^r/, "") === "shared";
        const expected = areOpposed(a, b) && !isSharedSlave;
        return disputes(a, b).length === (expected ? 1 : 0) ? [] : [`${a},${b}`];
      }),
    );

    expect(wrong).toEqual([]);
  });

  test("of a tree count, since they are applied last", () => {
    expect(disputes("rsuid", "nosuid")).toEqual(["nosuid, rsuid"]);
    expect(disputes("ro", "rw")).toEqual(["ro, rw"]);
    expect(disputes("ro", "rw", "ro")).toEqual(["rw, ro"]);
    expect(disputes("shared", "rslave", "private")).toEqual(["shared, rslave, private"]);
  });
});

describe("times of the deadline scheduler", () => {
  const wrong: readonly (readonly [times: Json, pointer: string, words: string])[] = [
    [{ deadline: 9000 }, "runtime", "requires `runtime`"],
    [{ runtime: 9000 }, "deadline", "requires `deadline`"],
    [{ runtime: 0, deadline: 9000 }, "runtime", "runtime must be greater than 0"],
    [{ runtime: 9000, deadline: 0 }, "deadline", "deadline must be greater than 0"],
    [{ runtime: 9000, deadline: 8000 }, "runtime", "runtime (9000) must be <= deadline (8000)"],
    [
      { runtime: 9000, deadline: 9000, period: 8000 },
      "deadline",
      "deadline (9000) must be <= period (8000)",
    ],
    [{ runtime: 1023, deadline: 9000 }, "runtime", "runtime (1023) must be between 1024 and"],
    [
      { runtime: 9000, deadline: 2 ** 63 },
      "deadline",
      "deadline (9223372036854776000) must be between 1024 and 2^63 - 1",
    ],
  ];

  test.each(wrong)("of %j what is wrong is said", (times, key, words) => {
    const errors = validateConfig(
      over({ process: { scheduler: { policy: "SCHED_DEADLINE", ...times } } }),
    ).filter(({ level }) => level === "error");
    expect(errors.map(({ pointer }) => pointer)).toEqual([`/process/scheduler/${key}`]);
    expect(errors[0]?.allowed).toContain(`sched_setattr: \`SCHED_DEADLINE\` ${words}`);
  });

  test.each([
    { runtime: 1024, deadline: 1024 },
    { runtime: 1024, deadline: 9000, period: 0 },
    { runtime: 2000, deadline: 3000, period: 4000 },
  ])("%j is taken", (times) => {
    const scheduler = { policy: "SCHED_DEADLINE", flags: ["SCHED_FLAG_RESET_ON_FORK"], ...times };
    expect(validateConfig(over({ process: { scheduler } }))).toEqual([]);
  });
});

describe("requireValidConfig()", () => {
  test("throws for errors only", () => {
    const warned = over({ mounts: [{ destination: "m", type: "tmpfs" }] });

    expect<unknown>(requireValidConfig(warned)).toBe(warned);
    expect(() => requireValidConfig(over({ process: { cwd: "x" } }))).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_CONFIG",
        pointer: "/process/cwd",
        message:
          'Cannot use this configuration: /process/cwd: found "x", allowed is an absolute path',
      }),
    );
  });
});

describe("requireValidProcess()", () => {
  test("holds a process alone against the rules, with pointers into it", () => {
    const valid = { cwd: "/", args: ["sh"], env: ["A=1"] };

    expect<unknown>(requireValidProcess(valid)).toBe(valid);
    expect(() => requireValidProcess({ ...valid, cwd: "x", env: ["A"] })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_PROCESS",
        pointer: "/cwd",
        message: expect.stringContaining('/env/0: found "A", allowed is NAME=value'),
      }),
    );
    expect(() => requireValidProcess({ args: ["sh"] })).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_PROCESS" }),
    );
  });
});
