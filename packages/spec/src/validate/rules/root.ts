import type { RuleGroup } from "../rule.ts";

/** Rules about `root`. */
export function rootRules(): readonly RuleGroup[] {
  return [
    {
      part: (config) => config,
      rules: () => [
        {
          name: "root-required",
          section: "config.md, Root",
          sentence: "On all other platforms, this field is REQUIRED.",
          level: "error",
          find: function rootRequired({ config, platform, report }) {
            const isHyperV = platform === "windows" && config.windows?.hyperv !== undefined;
            if (config.root === undefined && !isHyperV) {
              report(["root"], { allowed: "an object" });
            }
          },
        },
        {
          name: "root-path",
          section: "config.md, Root",
          sentence:
            "On POSIX platforms, `path` is either an absolute path or a relative path to the bundle.",
          level: "error",
          platforms: ["linux", "solaris", "freebsd", "zos", "vm"],
          find: function rootPath({ config, report }) {
            if (config.root?.path === "") {
              report(["root", "path"], { allowed: "a path" });
            }
          },
        },
        {
          name: "root-volume",
          section: "config.md, Root",
          sentence: "On Windows, `path` MUST be a volume GUID path.",
          level: "error",
          platforms: ["windows"],
          find: function rootVolume({ config, report }) {
            const path = config.root?.path;
            if (path !== undefined && !/^\\\\\?\\Volume\{[0-9a-f-]{36}\}\\$/i.test(path)) {
              report(["root", "path"], { allowed: "\\\\?\\Volume{GUID}\\" });
            }
          },
        },
        {
          name: "root-readonly-windows",
          section: "config.md, Root",
          sentence: "On Windows, this field MUST be omitted or false.",
          level: "error",
          platforms: ["windows"],
          find: function rootReadonlyWindows({ config, report }) {
            if (config.root?.readonly === true) {
              report(["root", "readonly"], { allowed: "false" });
            }
          },
        },
        {
          name: "root-hyperv",
          section: "config.md, Root",
          sentence: "For Hyper-V Containers, this field MUST NOT be set.",
          level: "error",
          platforms: ["windows"],
          find: function rootHyperv({ config, report }) {
            if (config.root !== undefined && config.windows?.hyperv !== undefined) {
              report(["root"], { allowed: "nothing" });
            }
          },
        },
      ],
    },
  ];
}
