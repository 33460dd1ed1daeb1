/** Where each field of config.json is done: modules below `packages/runtime/src`, the one that does most first. */

/** A field, or all below it, and what does it. */
export interface FieldHome {
  /** JSON pointer; `*` stands for a place in a list or a key of a map. */
  readonly field: string;
  readonly modules: readonly string[];
  /** Tests that do not stand beside the modules under their names. */
  readonly tests?: readonly string[];
  /** Why nothing does it. */
  readonly ignored?: string;
}

const limits = (name: string, module: string): FieldHome => ({
  field: `/linux/resources/${name}`,
  modules: [`cgroups/limits/${module}.ts`],
  tests: ["cgroups/limits/apply.test.ts"],
});

const mountMappings = (name: string): FieldHome => ({
  field: `/mounts/*/${name}`,
  modules: [
    "container/mount-sources.ts",
    "container/idmap-namespace.ts",
    "container/id-mappings.ts",
  ],
});

const obsolete = (name: string, why: string): FieldHome => ({
  field: `/linux/resources/memory/${name}`,
  modules: [],
  ignored: why,
});

/** In the order of the specification; the longest that fits counts. */
export const fieldHomes: readonly FieldHome[] = [
  { field: "/ociVersion", modules: ["container/bundle.ts"] },
  { field: "/root/path", modules: ["init/rootfs.ts", "container/bundle.ts"] },
  { field: "/root/readonly", modules: ["init/rootfs.ts"] },
  { field: "/mounts/*", modules: ["init/mounts.ts", "init/bind-mount.ts", "init/cgroup-mount.ts"] },
  { field: "/mounts/*/options", modules: ["init/mount-options.ts", "init/mount-flags.ts"] },
  mountMappings("uidMappings"),
  mountMappings("gidMappings"),
  { field: "/process/terminal", modules: ["init/console.ts", "container/console.ts"] },
  { field: "/process/consoleSize", modules: ["init/console.ts"] },
  { field: "/process/cwd", modules: ["init/working-directory.ts"] },
  { field: "/process/env", modules: ["init/process.ts", "init/executable.ts"] },
  { field: "/process/args", modules: ["init/executable.ts"] },
  { field: "/process/rlimits", modules: ["init/rlimits.ts", "container/limits.ts"] },
  { field: "/process/apparmorProfile", modules: ["init/labels.ts"] },
  { field: "/process/selinuxLabel", modules: ["init/labels.ts"] },
  { field: "/process/capabilities", modules: ["init/capabilities.ts"] },
  { field: "/process/noNewPrivileges", modules: ["init/process.ts"] },
  { field: "/process/oomScoreAdj", modules: ["init/oom-score.ts"] },
  { field: "/process/scheduler", modules: ["init/scheduler.ts"] },
  { field: "/process/ioPriority", modules: ["init/io-priority.ts"] },
  { field: "/process/execCPUAffinity", modules: ["init/cpu-affinity.ts"] },
  { field: "/process/user", modules: ["init/user.ts"] },
  { field: "/hostname", modules: ["init/hostname.ts"] },
  { field: "/domainname", modules: ["init/hostname.ts"] },
  { field: "/linux/namespaces", modules: ["init/namespaces.ts", "container/namespace-files.ts"] },
  { field: "/linux/uidMappings", modules: ["container/id-mappings.ts"] },
  { field: "/linux/gidMappings", modules: ["container/id-mappings.ts"] },
  { field: "/linux/timeOffsets", modules: ["init/namespaces.ts"] },
  { field: "/linux/devices", modules: ["init/devices.ts"] },
  {
    field: "/linux/netDevices",
    modules: ["container/net-devices.ts", "network/link.ts"],
    tests: ["network/netlink.test.ts", "test/net-devices.kernel.test.ts"],
  },
  {
    field: "/linux/cgroupsPath",
    modules: ["container/container-cgroup.ts", "cgroups/place.ts", "cgroups/systemd/scope.ts"],
    tests: ["cgroups/create.test.ts"],
  },
  limits("unified", "unified"),
  {
    field: "/linux/resources/devices",
    modules: ["cgroups/devices/rule.ts", "cgroups/devices/apply.ts"],
    tests: ["cgroups/devices/program.test.ts"],
  },
  limits("pids", "pids"),
  limits("blockIO", "block-io"),
  {
    field: "/linux/resources/cpu",
    modules: ["cgroups/limits/cpu.ts", "cgroups/limits/cpuset.ts"],
    tests: ["cgroups/limits/apply.test.ts"],
  },
  limits("hugepageLimits", "hugepages"),
  limits("memory", "memory"),
  obsolete(
    "kernel",
    "without effect: Linux ignores the file of version 1 since 5.16, version 2 has none",
  ),
  obsolete("useHierarchy", "always so: all cgroups are hierarchical since Linux 5.11"),
  limits("network", "network"),
  limits("rdma", "rdma"),
  {
    field: "/linux/intelRdt",
    modules: ["container/intel-rdt.ts", "init/intel-rdt.ts"],
    tests: ["test/intel-rdt.kernel.test.ts"],
  },
  { field: "/linux/memoryPolicy", modules: ["init/memory-policy.ts"] },
  { field: "/linux/sysctl", modules: ["init/sysctl.ts"] },
  {
    field: "/linux/seccomp",
    modules: ["seccomp/compile.ts", "seccomp/rules.ts", "container/seccomp.ts", "init/seccomp.ts"],
  },
  {
    field: "/linux/seccomp/architectures",
    modules: ["seccomp/architectures.ts"],
    tests: ["seccomp/compile.test.ts"],
  },
  {
    field: "/linux/seccomp/syscalls/*/args",
    modules: ["seccomp/conditions.ts"],
    tests: ["seccomp/compile.test.ts"],
  },
  { field: "/linux/seccomp/listenerPath", modules: ["container/seccomp-listener.ts"] },
  { field: "/linux/seccomp/listenerMetadata", modules: ["container/seccomp-listener.ts"] },
  { field: "/linux/rootfsPropagation", modules: ["init/rootfs.ts"] },
  { field: "/linux/maskedPaths", modules: ["init/masked-paths.ts"] },
  { field: "/linux/readonlyPaths", modules: ["init/readonly-paths.ts"] },
  { field: "/linux/mountLabel", modules: ["init/mounts.ts"] },
  { field: "/linux/personality", modules: ["init/personality.ts"] },
  {
    field: "/linux/personality/flags",
    modules: [],
    ignored: "no flag is defined yet; any is refused when the configuration is checked",
  },
  { field: "/hooks/prestart", modules: ["container/hooks.ts"] },
  { field: "/hooks/createRuntime", modules: ["container/hooks.ts"] },
  { field: "/hooks/createContainer", modules: ["init/hooks.ts"] },
  { field: "/hooks/startContainer", modules: ["init/hooks.ts"] },
  { field: "/hooks/poststart", modules: ["container/hooks.ts"] },
  { field: "/hooks/poststop", modules: ["container/hooks.ts"] },
  { field: "/annotations", modules: ["container/state.ts", "cgroups/systemd/annotations.ts"] },
];
