/**
 * Random containers for property tests of the planner: every field that a program is made of, in every mixture.
 *
 * @module
 */

import {
  type Capabilities,
  type Config,
  capabilityNames,
  type Hook,
  type LinuxDevice,
  type LinuxNamespace,
  linuxMountOptions,
  linuxNamespaceTypes,
  type Mount,
  type Process,
  rlimitTypes,
  rootfsPropagations,
  schedulerPolicies,
} from "@ctr/spec";
import fc from "fast-check";
import type {
  CgroupMountSource,
  CreateInput,
  ExecInput,
  ProcessInput,
  SeccompInput,
} from "../src/init/input.ts";
import { planNamespaces } from "../src/init/linux/namespaces.ts";
import { parseMountOptions } from "../src/init/mounts/mount-options.ts";

/** The capability that Linux 6.18 ends with. */
export const lastCapability = 40;

/** Few names, so that paths meet. */
const path: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("/", "/dev", "/dev/a", "/a/b"),
  fc
    .array(fc.constantFrom("dev", "a", "b", "..", ".", "", "é"), { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join("/")}`),
);

const mappings = fc.constant([{ containerID: 0, hostID: 100_000, size: 65_536 }]);

const mountOption: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...Object.keys(linuxMountOptions).filter((name) => !name.endsWith("idmap"))),
  // Those that change more than an attribute.
  fc.constantFrom("bind", "rbind", "remount", "tmpcopyup", "ro", "rro", "rslave"),
  fc.constantFrom("size=64k", "mode=1777", "newinstance", `lowerdir=${"/layer:".repeat(50)}`),
);

const mount: fc.Arbitrary<Mount> = fc.record(
  {
    destination: path,
    type: fc.constantFrom(
      ...["tmpfs", "proc", "sysfs", "mqueue", "devpts", "bind", "cgroup", "cgroup2", "overlay"],
    ),
    source: fc.constantFrom("", "none", "relative/source", "/absolute"),
    options: fc.array(mountOption, { maxLength: 6 }),
  },
  { requiredKeys: ["destination"] },
);

const id = fc.constantFrom(0, 1000, 4_294_967_294);

const device: fc.Arbitrary<LinuxDevice> = fc.record(
  {
    path: fc.oneof(path, fc.constantFrom("/dev/null", "/dev/fuse", "/dev/net/tun")),
    type: fc.constantFrom("c", "b", "u", "p"),
    major: fc.nat(4095),
    minor: fc.nat(1_048_575),
    fileMode: fc.nat(0o777),
    uid: id,
    gid: id,
  },
  { requiredKeys: ["path", "type"] },
);

const hooks: fc.Arbitrary<Hook[]> = fc.array(
  fc.record(
    {
      path: fc.constantFrom("/bin/hook", "/usr/bin/other"),
      args: fc.array(fc.string({ unit: "grapheme" }), { maxLength: 2 }).map(withoutNul),
      env: fc.array(fc.constantFrom("A=1", "B="), { maxLength: 2 }),
      timeout: fc.integer({ min: 1, max: 3600 }),
    },
    { requiredKeys: ["path"] },
  ),
  { maxLength: 2 },
);

function withoutNul(texts: readonly string[]): string[] {
  return texts.map((text) => text.replaceAll("\0", ""));
}

const namespaces: fc.Arbitrary<LinuxNamespace[]> = fc
  .uniqueArray(
    fc.record(
      {
        type: fc.constantFrom(...linuxNamespaceTypes),
        path: fc.constantFrom("", "/proc/1/ns/x"),
      },
      { requiredKeys: ["type"] },
    ),
    { selector: ({ type }) => type },
  )
  // The runtime refuses a container without it.
  .map((list) => [...list.filter(({ type }) => type !== "mount"), { type: "mount" as const }]);

const capabilities: fc.Arbitrary<Capabilities> = fc.dictionary(
  fc.constantFrom("bounding", "permitted", "effective", "inheritable", "ambient"),
  fc.subarray([...capabilityNames, "CAP_OF_TOMORROW"]),
);

/** Processes whose program is a path or looked up; with an empty PATH it is never found, which is another test's. */
const process: fc.Arbitrary<Process> = fc.record(
  {
    cwd: path,
    args: fc
      .tuple(
        fc.constantFrom("/bin/sh", "sh", "./sh"),
        fc.array(fc.string({ unit: "grapheme" }), { maxLength: 2 }),
      )
      .map(([name, others]) => [name, ...withoutNul(others)]),
    env: fc
      .tuple(
        fc.constantFrom("PATH=/bin:/usr/bin", "PATH=:/x"),
        fc.subarray(["HOME=/root", "TERM=xterm", "PATH=/usr/bin"]),
      )
      .map(([searchPath, others]) => [searchPath, ...others]),
    terminal: fc.boolean(),
    consoleSize: fc.constant({ height: 25, width: 80 }),
    user: fc.record(
      {
        uid: id,
        gid: id,
        umask: fc.nat(0o777),
        additionalGids: fc.array(id, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
    capabilities,
    rlimits: fc.uniqueArray(
      fc.record({
        type: fc.constantFrom(...rlimitTypes),
        soft: fc.constantFrom(0, 1024, 2 ** 64, -1),
        hard: fc.constantFrom(1024, 2 ** 64, -1),
      }),
      { selector: ({ type }) => type, maxLength: 4 },
    ),
    noNewPrivileges: fc.boolean(),
    apparmorProfile: fc.constantFrom("", "profile"),
    selinuxLabel: fc.constantFrom("", "system_u:system_r:container_t:s0"),
    oomScoreAdj: fc.integer({ min: -1000, max: 1000 }),
    ioPriority: fc.constant({ class: "IOPRIO_CLASS_BE" as const, priority: 4 }),
    scheduler: fc.record({
      policy: fc.constantFrom(...schedulerPolicies),
      nice: fc.integer({ min: -20, max: 19 }),
    }),
  },
  { requiredKeys: ["cwd", "args", "env"] },
);

const linux: fc.Arbitrary<NonNullable<Config["linux"]>> = fc.record(
  {
    namespaces,
    devices: fc.array(device, { maxLength: 4 }),
    uidMappings: mappings,
    gidMappings: mappings,
    rootfsPropagation: fc.constantFrom(...rootfsPropagations),
    sysctl: fc
      .dictionary(fc.constantFrom("net.ipv4.ip_forward", "kernel/msgmax"), fc.string())
      .map((entries) =>
        Object.fromEntries(
          Object.entries(entries).map(([name, value]) => [name, value.replaceAll("\0", "")]),
        ),
      ),
    maskedPaths: fc.array(path, { maxLength: 3 }),
    readonlyPaths: fc.array(path, { maxLength: 3 }),
    mountLabel: fc.constantFrom("", "system_u:object_r:container_file_t:s0"),
    memoryPolicy: fc.constant({ mode: "MPOL_BIND" as const, nodes: "0-2,65" }),
    personality: fc.constant({ domain: "LINUX32" as const }),
    timeOffsets: fc.constant({ monotonic: { secs: -7 }, boottime: { secs: 1, nanosecs: 2 } }),
  },
  { requiredKeys: ["namespaces"] },
);

const config: fc.Arbitrary<Config> = fc.record(
  {
    ociVersion: fc.constant("1.3.0"),
    root: fc.record({ path: fc.constant("rootfs"), readonly: fc.boolean() }),
    mounts: fc
      .tuple(fc.array(mount, { maxLength: 4 }), fc.boolean())
      .map(([mounts, again]) => (again ? [...mounts, ...mounts] : mounts)),
    hostname: fc.constantFrom("", "web", "wéb"),
    domainname: fc.constantFrom("", "example"),
    hooks: fc.record(
      { createContainer: hooks, startContainer: hooks, createRuntime: hooks },
      { requiredKeys: [] },
    ),
    linux,
  },
  { requiredKeys: ["ociVersion", "root"] },
);

const seccomp: fc.Arbitrary<SeccompInput> = fc.record({
  filter: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  flags: fc.constantFrom(0, 8),
  listener: fc.boolean(),
});

const cgroupMounts: fc.Arbitrary<CgroupMountSource[]> = fc.constantFrom(
  [],
  [{ name: "", aliases: [], path: "/sys/fs/cgroup/web" }],
  [
    { name: "cpu,cpuacct", aliases: ["cpu", "cpuacct"], path: "/sys/fs/cgroup/cpu,cpuacct/web" },
    { name: "memory", aliases: [], path: "/sys/fs/cgroup/memory/web" },
  ],
);

/** Facts of the launcher that the configuration does not decide. */
const facts = fc.record({
  preserveFds: fc.nat(3),
  canSetGroups: fc.boolean(),
  limitsByLauncher: fc.boolean(),
  ownedStdio: fc.subarray([0, 1, 2]),
  cgroupJoins: fc.nat(3),
  resctrlJoins: fc.nat(2),
  inUserNamespace: fc.boolean(),
  noPivot: fc.boolean(),
  noNewKeyring: fc.boolean(),
  hasKcore: fc.boolean(),
  opensSources: fc.boolean(),
});

type Facts = typeof facts extends fc.Arbitrary<infer Value> ? Value : never;

/** Random input of `planCreate()`. */
export const createInputs: fc.Arbitrary<CreateInput> = fc
  .tuple(config, process, fc.option(seccomp, { nil: undefined }), cgroupMounts, facts)
  .map(([config, process, seccomp, cgroupMounts, given]) => {
    const namespaces = planNamespaces(config.linux?.namespaces ?? []);
    const { hooks = {} } = config;
    const containerHooks = [hooks.createContainer, hooks.startContainer].some(
      (list = []) => list.length > 0,
    );
    return {
      id: "web",
      config: { ...config, process },
      bundle: "/bundle",
      rootfs: "/bundle/rootfs",
      ...(config.linux?.rootfsPropagation === "shared" ? { rootfsParentMount: "/bundle" } : {}),
      namespaces,
      cgroupJoins: given.cgroupJoins,
      resctrlJoins: given.resctrlJoins,
      inUserNamespace: given.inUserNamespace,
      cgroupMounts,
      openedSources: new Set(given.opensSources ? bindMounts(config) : []),
      process: processInput(process, "/process", given),
      ...(seccomp === undefined ? {} : { seccomp }),
      noPivot: given.noPivot,
      noNewKeyring: given.noNewKeyring,
      runtimeHooks: containerHooks || (hooks.createRuntime ?? []).length > 0,
      containerHooks,
      hasKcore: given.hasKcore,
    };
  });

/** Random input of `planExec()`. */
export const execInputs: fc.Arbitrary<ExecInput> = fc
  .tuple(
    process,
    fc.subarray([...linuxNamespaceTypes]),
    fc.option(seccomp, { nil: undefined }),
    facts,
  )
  .map(([process, namespaces, seccomp, given]) => ({
    id: "web",
    namespaces,
    cgroupJoins: given.cgroupJoins,
    resctrlJoins: given.resctrlJoins,
    process: processInput(process, "", given),
    noNewKeyring: given.noNewKeyring,
    ...(seccomp === undefined ? {} : { seccomp }),
    personality: { domain: "LINUX" as const },
    memoryPolicy: { mode: "MPOL_LOCAL" as const },
  }));

function processInput(process: Process, origin: string, given: Facts): ProcessInput {
  return {
    process,
    origin,
    home: "/home/user",
    preserveFds: given.preserveFds,
    lastCapability,
    canSetGroups: given.canSetGroups,
    limitsByLauncher: given.limitsByLauncher,
    ownedStdio: given.ownedStdio,
  };
}

function bindMounts({ mounts = [] }: Config): number[] {
  return mounts.flatMap(({ type, options }, index) => {
    const { bind, remount } = parseMountOptions(options);
    return (bind !== "no" || type === "bind") && !remount ? [index] : [];
  });
}
