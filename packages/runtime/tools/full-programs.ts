/** Programs for configurations that have every field which the init program does something for. */

import type { Config, LinuxNamespace, Process } from "@ctr/spec";
import { planCreate } from "../src/init/create.ts";
import { planExec } from "../src/init/exec.ts";
import type { CreateInput } from "../src/init/input.ts";
import { planNamespaces } from "../src/init/linux/namespaces.ts";
import type { Program } from "../src/program/step.ts";

const process: Process = {
  cwd: "/srv",
  args: ["sh"],
  env: ["PATH=/bin"],
  terminal: true,
  consoleSize: { height: 25, width: 80 },
  user: { uid: 1000, gid: 1000, umask: 0o22, additionalGids: [5] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 512, hard: 1024 }],
  capabilities: { ambient: ["CAP_KILL"] },
  noNewPrivileges: true,
  apparmorProfile: "profile",
  selinuxLabel: "label",
  oomScoreAdj: 100,
  ioPriority: { class: "IOPRIO_CLASS_IDLE" },
  scheduler: { policy: "SCHED_BATCH" },
  execCPUAffinity: { initial: "0", final: "0-1" },
};

const namespaces: readonly LinuxNamespace[] = [
  { type: "mount" },
  { type: "pid" },
  { type: "network", path: "/proc/1/ns/net" },
  { type: "cgroup" },
  { type: "uts" },
  { type: "time" },
];

const config: Config = {
  ociVersion: "1.3.0",
  root: { path: "rootfs", readonly: true },
  hostname: "web",
  domainname: "example",
  process,
  mounts: [
    { destination: "/proc", type: "proc", options: ["nosuid", "rnodev"] },
    { destination: "/data", type: "bind", source: "/data", options: ["ro", "rprivate"] },
    { destination: "/data", options: ["remount", "bind", "nosuid"] },
    { destination: "/tmp", type: "tmpfs", options: ["mode=1777", "iversion", "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", options: ["ro"] },
  ],
  hooks: {
    createContainer: [{ path: "/bin/hook", timeout: 5 }],
    startContainer: [{ path: "/bin/hook", timeout: 5 }],
  },
  linux: {
    namespaces,
    cgroupsPath: "/web",
    devices: [
      { path: "/dev/fuse", type: "c", major: 10, minor: 229, uid: 1000 },
      { path: "/dev/net/tun", type: "c", major: 10, minor: 200 },
    ],
    sysctl: { "net.ipv4.ip_forward": "1" },
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
    rootfsPropagation: "slave",
    mountLabel: "label",
    personality: { domain: "LINUX" },
    memoryPolicy: { mode: "MPOL_LOCAL" },
    timeOffsets: { monotonic: { secs: 1 } },
  },
};

const input: CreateInput = {
  id: "web",
  config,
  bundle: "/bundle",
  rootfs: "/bundle/rootfs",
  namespaces: planNamespaces(namespaces),
  cgroupJoins: 1,
  resctrlJoins: 1,
  cgroupMounts: [{ name: "memory", aliases: [], path: "/sys/fs/cgroup/memory/web" }],
  openedSources: new Set(),
  process: {
    process,
    origin: "/process",
    home: "/root",
    preserveFds: 0,
    lastCapability: 40,
    canSetGroups: true,
    limitsByLauncher: false,
    ownedStdio: [],
  },
  seccomp: { filter: new Uint8Array(8), flags: 0, listener: true },
  noPivot: false,
  noNewKeyring: false,
  runtimeHooks: true,
  containerHooks: true,
  hasKcore: false,
  inUserNamespace: false,
};

/** With new namespaces beside a joined one, with a user namespace, and of a process that is executed. */
export const fullPrograms: readonly Program[] = [
  planCreate(input),
  planCreate({
    ...input,
    namespaces: planNamespaces([
      ...namespaces.filter(({ type }) => type !== "time"),
      { type: "user" },
    ]),
  }),
  planExec({
    id: "web",
    namespaces: ["mount"],
    cgroupJoins: 1,
    process: input.process,
    noNewKeyring: false,
  }),
];
