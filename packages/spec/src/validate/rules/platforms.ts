import { findDuplicates, partAt, type RuleGroup, type SpecPlatform } from "../rule.ts";

/** Returns the fields that only some platforms have, and which. */
function platformFields(): readonly (readonly [
  path: readonly string[],
  readonly SpecPlatform[],
])[] {
  const posix: readonly SpecPlatform[] = ["linux", "solaris", "freebsd", "zos"];
  return [
    [["hooks"], posix],
    [["process", "commandLine"], ["windows"]],
    [["process", "rlimits"], posix],
    [
      ["process", "noNewPrivileges"],
      ["linux", "zos"],
    ],
    ...[
      ...["apparmorProfile", "capabilities", "execCPUAffinity", "ioPriority", "oomScoreAdj"],
      ...["scheduler", "selinuxLabel"],
    ].map((key) => [["process", key], ["linux"]] as const),
    ...["uid", "gid", "umask", "additionalGids"].map(
      (key) => [["process", "user", key], posix] as const,
    ),
    [["process", "user", "username"], ["windows"]],
  ];
}

/** Rules about the sections of the platforms, and those of all but Linux. */
export function platformRules(): readonly RuleGroup[] {
  return [
    {
      part: (config) => config,
      rules: () => [
        {
          name: "platform-section",
          section: "config.md, Platform-specific configuration",
          sentence:
            "`linux` (object, OPTIONAL) Linux-specific configuration. This MAY be set if the target " +
            "platform of this spec is `linux`.",
          level: "warning",
          find: function platformSection({ config, platform, report }) {
            for (const section of ["linux", "solaris", "windows", "zos", "freebsd"] as const) {
              // A virtual machine runs containers of Linux or Windows.
              const fits = section === platform || platform === "vm";
              if (config[section] !== undefined && !fits) {
                report([section], { allowed: `nothing on ${platform}` });
              }
            }
          },
        },
        {
          name: "platform-field",
          section: "config.md, Linux Process",
          sentence:
            "For Linux-based systems, the `process` object supports the following process-specific " +
            "properties.",
          level: "warning",
          find: function platformField({ config, platform, report }) {
            for (const [path, fits] of platform === "vm" ? [] : platformFields()) {
              if (!fits.includes(platform) && partAt(config, path) !== undefined) {
                report(path, { allowed: `nothing on ${platform}: it is for ${fits.join(", ")}` });
              }
            }
          },
        },
        {
          name: "windows-required",
          section: "config.md, Platform-specific configuration",
          sentence: "This MUST be set if the target platform of this spec is `windows`.",
          level: "error",
          platforms: ["windows"],
          find: function windowsRequired({ config, report }) {
            if (config.windows === undefined) {
              report(["windows"], { allowed: "an object" });
            }
          },
        },
      ],
    },
    {
      part: ({ windows }) => windows,
      rules: () => [
        {
          name: "windows-network",
          section: "config-windows.md, Network",
          sentence: "If a network namespace is specified no other parameter must be specified.",
          level: "error",
          platforms: ["windows"],
          find: function windowsNetwork({ config, report }) {
            const { networkNamespace = "", ...others } = config.windows?.network ?? {};
            if (networkNamespace !== "" && Object.keys(others).length > 0) {
              report(["windows", "network"], { allowed: "networkNamespace alone" });
            }
          },
        },
        {
          name: "windows-cpu",
          section: "config-windows.md, CPU",
          sentence:
            "The processor `shares` (`weight` at the platform level) is a value between 0 and 10,000.",
          level: "error",
          platforms: ["windows"],
          find: function windowsCpu({ config, report }) {
            for (const key of ["shares", "maximum"] as const) {
              if ((config.windows?.resources?.cpu?.[key] ?? 0) > 10_000) {
                report(["windows", "resources", "cpu", key], { allowed: "0 to 10000" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ vm }) => vm,
      rules: () => [
        {
          name: "vm-paths",
          section: "config-vm.md",
          sentence: "This value MUST be an absolute path in the runtime mount namespace.",
          level: "error",
          find: function vmPaths({ config: { vm }, report }) {
            const paths = [
              [["hypervisor", "path"], vm?.hypervisor?.path],
              [["kernel", "path"], vm?.kernel.path],
              [["kernel", "initrd"], vm?.kernel.initrd],
              [["image", "path"], vm?.image?.path],
            ] as const;
            for (const [path, value] of paths) {
              if (value !== undefined && !value.startsWith("/")) {
                report(["vm", ...path], { allowed: "an absolute path" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ zos }) => zos,
      rules: () => [
        {
          name: "zos-namespaces",
          section: "config-zos.md, Namespaces",
          sentence:
            "If a `namespaces` field contains duplicated namespaces with same `type`, the runtime " +
            "MUST generate an error.",
          level: "error",
          platforms: ["zos"],
          find: function zosNamespaces({ config, report }) {
            const namespaces = config.zos?.namespaces ?? [];
            for (const index of findDuplicates(namespaces, ({ type }) => type)) {
              report(["zos", "namespaces", index, "type"], { allowed: "each type once" });
            }
            for (const [index, { path = "" }] of namespaces.entries()) {
              if (path !== "" && !path.startsWith("/")) {
                report(["zos", "namespaces", index, "path"], { allowed: "an absolute path" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ freebsd }) => freebsd,
      rules: () => [
        {
          name: "freebsd-devices",
          section: "config-freebsd.md, Devices",
          sentence: "`path` (string, REQUIRED) - the device path relative to `/dev`",
          level: "error",
          platforms: ["freebsd"],
          find: function freebsdDevices({ config, report }) {
            for (const [index, { path }] of (config.freebsd?.devices ?? []).entries()) {
              if (path === undefined || path === "" || path.startsWith("/")) {
                report(["freebsd", "devices", index, "path"], {
                  allowed: "a path relative to /dev",
                });
              }
            }
          },
        },
        {
          name: "freebsd-statfs",
          section: "config-freebsd.md, Jail",
          sentence:
            "`enforceStatfs` (integer, OPTIONAL) - control visibility of mounts in the container.",
          level: "error",
          platforms: ["freebsd"],
          find: function freebsdStatfs({ config, report }) {
            if ((config.freebsd?.jail?.enforceStatfs ?? 0) > 2) {
              report(["freebsd", "jail", "enforceStatfs"], { allowed: "0, 1 or 2" });
            }
          },
        },
      ],
    },
  ];
}
