import { findDuplicates, hasNamespace, makesNamespace, type RuleGroup } from "../rule.ts";

/** Whether a text has more than so many bytes; a UTF-16 unit has at most three. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

/** Rules about namespaces, and about what needs one. */
export function namespaceRules(): readonly RuleGroup[] {
  return [
    {
      part: ({ linux }) => linux?.namespaces,
      rules: () => [
        {
          name: "namespace-duplicate",
          section: "config-linux.md, Namespaces",
          sentence:
            "If a `namespaces` field contains duplicated namespaces with same `type`, the runtime " +
            "MUST generate an error.",
          level: "error",
          platforms: ["linux"],
          find: function namespaceDuplicate({ config, report }) {
            const namespaces = config.linux?.namespaces ?? [];
            for (const index of findDuplicates(namespaces, (namespace) => namespace.type)) {
              report(["linux", "namespaces", index, "type"], { allowed: "each type once" });
            }
          },
        },
        {
          name: "namespace-path",
          section: "config-linux.md, Namespaces",
          sentence:
            "`path` (string, OPTIONAL) - namespace file. This value MUST be an absolute path in the " +
            "runtime mount namespace.",
          level: "error",
          platforms: ["linux"],
          find: function namespacePath({ config, report }) {
            for (const [index, { path = "" }] of (config.linux?.namespaces ?? []).entries()) {
              if (path !== "" && !path.startsWith("/")) {
                report(["linux", "namespaces", index, "path"], { allowed: "an absolute path" });
              }
            }
          },
        },
        {
          name: "namespace-supported",
          needsFeatures: true,
          section: "features-linux.md, Namespaces",
          sentence:
            "`namespaces` (array of strings, OPTIONAL) The recognized names of the namespaces, " +
            "including namespaces that might not be supported by the host operating system.",
          level: "error",
          platforms: ["linux"],
          find: function namespaceSupported({ config, features, report }) {
            const supported = features?.linux?.namespaces;
            for (const [index, { type }] of (config.linux?.namespaces ?? []).entries()) {
              if (supported?.includes(type) === false) {
                report(["linux", "namespaces", index, "type"], {
                  allowed: "a namespace that the runtime has",
                });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ hostname, domainname }) => hostname ?? domainname,
      rules: () => [
        {
          name: "hostname-namespace",
          section: "config.md, Hostname, Domainname",
          sentence:
            "Depending on your namespace configuration, the container UTS namespace may be the " +
            "runtime UTS namespace.",
          level: "error",
          platforms: ["linux"],
          find: function hostnameNamespace({ config, report }) {
            for (const key of ["hostname", "domainname"] as const) {
              if ((config[key] ?? "") !== "" && !hasNamespace(config, "uts")) {
                report([key], {
                  allowed: "nothing without a uts namespace: it would rename the host",
                });
              }
            }
          },
        },
        {
          name: "hostname-length",
          section: "sethostname(2)",
          sentence:
            "EINVAL: len is negative or, for sethostname(), len is larger than the maximum allowed " +
            "size.",
          level: "error",
          platforms: ["linux"],
          find: function hostnameLength({ config, report }) {
            for (const key of ["hostname", "domainname"] as const) {
              if (isLonger(config[key] ?? "", 64)) {
                report([key], { allowed: "at most 64 bytes" });
              }
            }
          },
        },
      ],
    },
    {
      part: ({ linux }) => linux?.timeOffsets,
      rules: () => [
        {
          name: "time-offsets-namespace",
          section: "config-linux.md, Offset for Time Namespace",
          sentence: "`timeOffsets` (object, OPTIONAL) sets the offset for Time Namespace.",
          level: "error",
          platforms: ["linux"],
          find: function timeOffsetsNamespace({ config, report }) {
            const offsets = config.linux?.timeOffsets ?? {};
            if (Object.keys(offsets).length > 0 && !makesNamespace(config, "time")) {
              report(["linux", "timeOffsets"], { allowed: "nothing without a new time namespace" });
            }
          },
        },
        {
          name: "time-offsets-nanosecs",
          section: "time_namespaces(7)",
          sentence:
            "`nanosecs` (uint32, OPTIONAL) - is the offset of clock (in nanoseconds) in the " +
            "container; the kernel refuses a second or more.",
          level: "error",
          platforms: ["linux"],
          find: function timeOffsetsNanosecs({ config, report }) {
            for (const clock of ["boottime", "monotonic"] as const) {
              if ((config.linux?.timeOffsets?.[clock]?.nanosecs ?? 0) > 999_999_999) {
                report(["linux", "timeOffsets", clock, "nanosecs"], { allowed: "up to 999999999" });
              }
            }
          },
        },
      ],
    },
  ];
}
