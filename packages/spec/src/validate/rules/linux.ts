import type { Config } from "../../config/config.ts";
import { dottedSysctl, sysctlNamespace } from "../../config/linux/sysctl.ts";
import { hasNamespace, isNumberList, type RuleGroup } from "../rule.ts";

function intelRdtPart({ linux }: Config): unknown {
  return linux?.intelRdt;
}

/** The other rules about `linux`. */
export function linuxRules(): readonly RuleGroup[] {
  return [
    {
      part: ({ linux }) => linux?.cgroupsPath,
      rules: () => [
        {
          name: "cgroups-path",
          section: "config-linux.md, Cgroups Path",
          sentence:
            "The value of `cgroupsPath` MUST be either an absolute path or a relative path.",
          level: "error",
          platforms: ["linux"],
          find: function cgroupsPath({ config, report }) {
            const path = config.linux?.cgroupsPath ?? "";
            if (path.split("/").includes("..") || path.includes("\0")) {
              report(["linux", "cgroupsPath"], { allowed: "a path without .." });
            }
          },
        },
        {
          name: "cgroups-path-systemd",
          section: "config-linux.md, Cgroups Path",
          sentence:
            "Runtimes MAY consider certain `cgroupsPath` values to be invalid, and MUST generate an " +
            "error if this is the case.",
          level: "warning",
          platforms: ["linux"],
          find: function cgroupsPathSystemd({ config, report }) {
            const parts = (config.linux?.cgroupsPath ?? "").split(":");
            if (parts.length === 1) {
              return;
            }
            const [slice = ""] = parts;
            if (
              parts.length !== 3 ||
              (slice !== "" && slice !== "-" && !slice.endsWith(".slice"))
            ) {
              report(["linux", "cgroupsPath"], {
                allowed: "slice:prefix:name, or a path without :",
              });
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.maskedPaths ?? linux?.readonlyPaths,
      rules: () => [
        {
          name: "masked-paths",
          section: "config-linux.md, Masked Paths, Readonly Paths",
          sentence: "The values MUST be absolute paths in the container namespace.",
          level: "error",
          platforms: ["linux"],
          find: function maskedPaths({ config, report }) {
            for (const key of ["maskedPaths", "readonlyPaths"] as const) {
              for (const [index, path] of (config.linux?.[key] ?? []).entries()) {
                if (!path.startsWith("/")) {
                  report(["linux", key, index], { allowed: "an absolute path" });
                }
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.sysctl,
      rules: () => [
        {
          name: "sysctl-namespace",
          section: "config-linux.md, Sysctl",
          sentence:
            "`sysctl` (object, OPTIONAL) allows kernel parameters to be modified at runtime for the " +
            "container.",
          level: "error",
          platforms: ["linux"],
          find: function sysctlNamespaces({ config, report }) {
            for (const key of Object.keys(config.linux?.sysctl ?? {})) {
              const namespace = sysctlNamespace(key);
              const found = `the key ${JSON.stringify(key)}`;
              if (namespace === undefined) {
                report(["linux", "sysctl", key], { found, allowed: "a parameter of a namespace" });
              } else if (!hasNamespace(config, namespace)) {
                const allowed = `it with a ${namespace} namespace: it would change the host`;
                report(["linux", "sysctl", key], { found, allowed });
              }
            }
          },
        },
        {
          name: "sysctl-hostname",
          section: "config.md, Hostname",
          sentence:
            "`hostname` (string, OPTIONAL) specifies the container's hostname as seen by processes " +
            "running inside the container.",
          level: "error",
          platforms: ["linux"],
          find: function sysctlHostname({ config, report }) {
            for (const key of Object.keys(config.linux?.sysctl ?? {})) {
              if (dottedSysctl(key) === "kernel.hostname") {
                const found = `the key ${JSON.stringify(key)}`;
                report(["linux", "sysctl", key], { found, allowed: "the field /hostname instead" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.personality,
      rules: () => [
        {
          name: "personality-domain",
          section: "config-linux.md, Personality",
          sentence: "`domain` (string, REQUIRED) - the execution domain.",
          level: "error",
          platforms: ["linux"],
          find: function personalityDomain({ config, report }) {
            const personality = config.linux?.personality;
            if (personality !== undefined && personality.domain === undefined) {
              report(["linux", "personality", "domain"], { allowed: '"LINUX" or "LINUX32"' });
            }
          },
        },
        {
          name: "personality-flags",
          section: "config-linux.md, Personality",
          sentence:
            "`flags` (array of strings, OPTIONAL) - the additional flags to apply. Currently no flag " +
            "values are supported.",
          level: "error",
          platforms: ["linux"],
          find: function personalityFlags({ config, report }) {
            if ((config.linux?.personality?.flags ?? []).length > 0) {
              report(["linux", "personality", "flags"], { allowed: "an empty list" });
            }
          },
        },
      ],
    },
    {
      part: intelRdtPart,
      rules: () => [
        {
          name: "intel-rdt-l3",
          section: "config-linux.md, IntelRdt",
          sentence: "The value SHOULD start with `L3:` and SHOULD NOT contain newlines.",
          level: "warning",
          platforms: ["linux"],
          find: function intelRdtL3({ config, report }) {
            const schema = config.linux?.intelRdt?.l3CacheSchema ?? "";
            if (schema !== "" && !/^L3(CODE|DATA)?:[^\n]*$/.test(schema)) {
              report(["linux", "intelRdt", "l3CacheSchema"], {
                allowed: "one line that starts with L3:",
              });
            }
          },
        },
        {
          name: "intel-rdt-schemata",
          section: "config-linux.md, IntelRdt",
          sentence:
            "Each element represents one line in the `schemata` file. The value MUST NOT contain " +
            "newlines.",
          level: "error",
          platforms: ["linux"],
          find: function intelRdtSchemata({ config, report }) {
            for (const [index, line] of (config.linux?.intelRdt?.schemata ?? []).entries()) {
              if (line.includes("\n")) {
                report(["linux", "intelRdt", "schemata", index], { allowed: "one line" });
              }
            }
          },
        },
        {
          name: "intel-rdt-clos-id",
          section: "config-linux.md, IntelRdt",
          sentence:
            "`closID` (string, OPTIONAL) - specifies the identity for RDT Class of Service (CLOS). As " +
            "a special case, value `/` means that the container MUST be assigned to the default CLOS",
          level: "error",
          platforms: ["linux"],
          find: function intelRdtClosId({ config, report }) {
            const id = config.linux?.intelRdt?.closID ?? "";
            if (id !== "/" && (/[/\n]/.test(id) || id === "." || id === "..")) {
              report(["linux", "intelRdt", "closID"], { allowed: "the name of a directory, or /" });
            }
          },
        },
      ],
    },
    {
      part: intelRdtPart,
      rules: () => [
        {
          name: "intel-rdt-supported",
          needsFeatures: true,
          section: "features-linux.md, Intel RDT",
          sentence: "`enabled` (bool, OPTIONAL) represents whether the runtime supports Intel RDT.",
          level: "error",
          platforms: ["linux"],
          find: function intelRdtSupported({ config, features, report }) {
            const [wanted, has] = [config.linux?.intelRdt, features?.linux?.intelRdt];
            if (wanted !== undefined && has?.enabled === false) {
              report(["linux", "intelRdt"], {
                allowed: "nothing: the runtime has no support for it",
              });
            }
            if (wanted?.schemata !== undefined && has?.schemata === false) {
              report(["linux", "intelRdt", "schemata"], {
                allowed: "nothing: the runtime lacks it",
              });
            }
            if (wanted?.enableMonitoring === true && has?.monitoring === false) {
              report(["linux", "intelRdt", "enableMonitoring"], {
                allowed: "false: the runtime lacks it",
              });
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.memoryPolicy,
      rules: () => [
        {
          name: "memory-policy-mode",
          section: "config-linux.md, Memory policy",
          sentence: "`mode` (string, REQUIRED) - A valid list of constants is shown below.",
          level: "error",
          platforms: ["linux"],
          find: function memoryPolicyMode({ config, features, report }) {
            const policy = config.linux?.memoryPolicy;
            if (policy !== undefined && policy.mode === undefined) {
              report(["linux", "memoryPolicy", "mode"], { allowed: "a mode such as MPOL_BIND" });
            }
            const modes = features?.linux?.memoryPolicy?.modes;
            if (policy?.mode !== undefined && modes?.includes(policy.mode) === false) {
              report(["linux", "memoryPolicy", "mode"], { allowed: "a mode that the runtime has" });
            }
          },
        },
        {
          name: "memory-policy-nodes",
          section: "config-linux.md, Memory policy",
          sentence:
            "Some modes require that there are no nodes, e.g. `MPOL_DEFAULT` and `MPOL_LOCAL`. " +
            "Others that there is at least one node, e.g. `MPOL_BIND` and `MPOL_INTERLEAVE`.",
          level: "error",
          platforms: ["linux"],
          find: function memoryPolicyNodes({ config, report }) {
            const { mode, nodes = "" } = config.linux?.memoryPolicy ?? {};
            const path = ["linux", "memoryPolicy", "nodes"] as const;
            if (!isNumberList(nodes)) {
              report(path, { allowed: "a list such as 0-3,7" });
            } else if (mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL") {
              if (nodes !== "") {
                report(path, { allowed: `nothing with ${mode}` });
              }
            } else if (mode !== undefined && mode !== "MPOL_PREFERRED" && nodes === "") {
              report(path, { allowed: `at least one node with ${mode}` });
            }
          },
        },
        {
          name: "memory-policy-flags",
          section: "set_mempolicy(2)",
          sentence:
            "EINVAL: ... Or, the mode argument specified both MPOL_F_STATIC_NODES and " +
            "MPOL_F_RELATIVE_NODES. Or, the MPOL_F_NUMA_BALANCING isn't supported by the kernel, or " +
            "is used with memory policies other than MPOL_BIND.",
          level: "error",
          platforms: ["linux"],
          find: function memoryPolicyFlags({ config, features, report }) {
            const { mode, flags = [] } = config.linux?.memoryPolicy ?? {};
            const path = ["linux", "memoryPolicy", "flags"] as const;
            for (const [index, flag] of flags.entries()) {
              if (features?.linux?.memoryPolicy?.flags?.includes(flag) === false) {
                report([...path, index], { allowed: "a flag that the runtime has" });
              }
            }
            if (flags.includes("MPOL_F_STATIC_NODES") && flags.includes("MPOL_F_RELATIVE_NODES")) {
              report(path, { allowed: "MPOL_F_STATIC_NODES or MPOL_F_RELATIVE_NODES" });
            }
            // MPOL_PREFERRED_MANY joined MPOL_BIND in Linux 6.9.
            const balances = mode === "MPOL_BIND" || mode === "MPOL_PREFERRED_MANY";
            if (flags.includes("MPOL_F_NUMA_BALANCING") && !balances) {
              report(path, {
                allowed: "MPOL_F_NUMA_BALANCING with MPOL_BIND or MPOL_PREFERRED_MANY",
              });
            }
          },
        },
      ],
    },
  ];
}
