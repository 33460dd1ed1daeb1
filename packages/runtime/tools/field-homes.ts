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
    "container/mounts/mount-sources.ts",
    "container/mounts/idmap-namespace.ts",
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
  { field: "/ociVersion", modules: ["container/bundle/bundle.ts"] },
  { field: "/root/path", modules: ["init/rootfs.ts", "container/bundle/bundle.ts"] },
  { field: "/root/readonly", modules: ["init/rootfs.ts"] },
  {
    field: "/mounts/*",
    modules: ["init/mounts/mounts.ts", "init/mounts/bind-mount.ts", "init/mounts/cgroup-mount.ts"],
  },
  {
    field: "/mounts/*/options",
    modules: ["init/mounts/mount-options.ts", "init/mounts/mount-flags.ts"],
  },
  mountMappings("uidMappings"),
  mountMappings("gidMappings"),
  {
    field: "/process/terminal",
    modules: ["init/process/console.ts", "container/process/console.ts"],
  },
  { field: "/process/consoleSize", modules: ["init/process/console.ts"] },
  { field: "/process/cwd", modules: ["init/process/working-directory.ts"] },
  { field: "/process/env", modules: ["init/process/process.ts", "init/process/executable.ts"] },
  { field: "/process/args", modules: ["init/process/executable.ts"] },
  {
    field: "/process/rlimits",
    modules: ["init/process/rlimits.ts", "container/process/limits.ts"],
  },
  {
    field: "/process/apparmorProfile",
    modules: ["init/process/labels.ts"],
    tests: ["test/labels-apparmor.kernel.test.ts"],
  },
  {
    field: "/process/selinuxLabel",
    modules: ["init/process/labels.ts"],
    tests: ["test/labels-selinux.kernel.test.ts"],
  },
  { field: "/process/capabilities", modules: ["init/process/capabilities.ts"] },
  { field: "/process/noNewPrivileges", modules: ["init/process/process.ts"] },
  { field: "/process/oomScoreAdj", modules: ["init/process/oom-score.ts"] },
  { field: "/process/scheduler", modules: ["init/process/scheduler.ts"] },
  { field: "/process/ioPriority", modules: ["init/process/io-priority.ts"] },
  { field: "/process/execCPUAffinity", modules: ["init/process/cpu-affinity.ts"] },
  { field: "/process/user", modules: ["init/process/user.ts"] },
  { field: "/hostname", modules: ["init/hostname.ts"] },
  { field: "/domainname", modules: ["init/hostname.ts"] },
  {
    field: "/linux/namespaces",
    modules: ["init/linux/namespaces.ts", "container/namespace-files.ts"],
  },
  { field: "/linux/uidMappings", modules: ["container/id-mappings.ts"] },
  { field: "/linux/gidMappings", modules: ["container/id-mappings.ts"] },
  { field: "/linux/timeOffsets", modules: ["init/linux/namespaces.ts"] },
  { field: "/linux/devices", modules: ["init/linux/devices.ts"] },
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
    modules: ["container/intel-rdt.ts", "init/linux/intel-rdt.ts"],
    tests: ["test/intel-rdt.kernel.test.ts"],
  },
  { field: "/linux/memoryPolicy", modules: ["init/linux/memory-policy.ts"] },
  { field: "/linux/sysctl", modules: ["init/linux/sysctl.ts"] },
  {
    field: "/linux/seccomp",
    modules: [
      "seccomp/compile.ts",
      "seccomp/rules.ts",
      "container/process/seccomp.ts",
      "init/linux/seccomp.ts",
    ],
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
  { field: "/linux/seccomp/listenerPath", modules: ["container/process/seccomp-listener.ts"] },
  { field: "/linux/seccomp/listenerMetadata", modules: ["container/process/seccomp-listener.ts"] },
  { field: "/linux/rootfsPropagation", modules: ["init/rootfs.ts"] },
  { field: "/linux/maskedPaths", modules: ["init/linux/masked-paths.ts"] },
  { field: "/linux/readonlyPaths", modules: ["init/linux/readonly-paths.ts"] },
  {
    field: "/linux/mountLabel",
    modules: ["init/mounts/mounts.ts", "init/mounts/cgroup-mount.ts", "init/linux/masked-paths.ts"],
    tests: ["test/labels-selinux.kernel.test.ts"],
  },
  { field: "/linux/personality", modules: ["init/linux/personality.ts"] },
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
  {
    field: "/annotations",
    modules: ["container/state/state.ts", "cgroups/systemd/annotations.ts"],
  },
];
