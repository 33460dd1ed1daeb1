import { compareVersions, isVersion } from "../../upgrade/versions.ts";
import type { RuleGroup } from "../rule.ts";

/** Rules about `ociVersion`. */
export function versionRules(): readonly RuleGroup[] {
  return [
    {
      part: (config) => config,
      rules: () => [
        {
          name: "version-form",
          section: "config.md, Specification version",
          sentence: "`ociVersion` (string, REQUIRED) MUST be in SemVer v2.0.0 format",
          level: "error",
          find: function versionForm({ config, report }) {
            if (!isVersion(config.ociVersion)) {
              report(["ociVersion"], { allowed: "a version such as 1.3.0" });
            }
          },
        },
        {
          name: "version-major",
          section: "config.md, Specification version",
          sentence:
            "The Open Container Initiative Runtime Specification follows semantic versioning and " +
            "retains forward and backward compatibility within major versions.",
          level: "error",
          find: function versionMajor({ config, report }) {
            if (isVersion(config.ociVersion) && !config.ociVersion.startsWith("1.")) {
              report(["ociVersion"], { allowed: "a version 1.x.y" });
            }
          },
        },
        {
          name: "version-supported",
          needsFeatures: true,
          section: "features.md, Specification version",
          sentence:
            "`ociVersionMax` (string, REQUIRED) The maximum recognized version of the Open Container " +
            "Initiative Runtime Specification.",
          level: "warning",
          find: function versionSupported({ config, features, report }) {
            if (
              features !== undefined &&
              compareVersions(config.ociVersion, features.ociVersionMax) > 0
            ) {
              report(["ociVersion"], { allowed: `a version up to ${features.ociVersionMax}` });
            }
          },
        },
      ],
    },
  ];
}
