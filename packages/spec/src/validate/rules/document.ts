import type { Config } from "../../config/config.ts";
import type { RuleContext, RuleGroup } from "../rule.ts";

type Path = readonly (string | number)[];

/** Whether no text of a document has a zero byte; some that have none do not pass. */
export function hasNoZeroByte(document: unknown): boolean {
  return !JSON.stringify(document).includes("\\u0000");
}

/** Reports the texts below `path` that have a zero byte, and the keys. */
function reportZeroBytes(value: unknown, path: Path, report: RuleContext["report"]): void {
  if (typeof value === "string") {
    if (value.includes("\0")) {
      report(path, { allowed: "text without a zero byte" });
    }
    return;
  }
  for (const [key, part] of Array.isArray(value) ? value.entries() : entriesOf(value)) {
    if (typeof key === "string" && key.includes("\0")) {
      const found = `the key ${JSON.stringify(key)}`;
      report([...path, key], { found, allowed: "a key without a zero byte" });
    }
    reportZeroBytes(part, [...path, key], report);
  }
}

function entriesOf(value: unknown): Iterable<readonly [string, unknown]> {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** Returns the paths of the container that are used as they are, each with where it stands. */
function containerPaths(config: Config): readonly (readonly [Path, string])[] {
  const { process, linux = {} } = config;
  const paths: (readonly [Path, string])[] = [];
  if (process !== undefined) {
    paths.push([["process", "cwd"], process.cwd]);
  }
  for (const [index, { path }] of (linux.devices ?? []).entries()) {
    paths.push([["linux", "devices", index, "path"], path]);
  }
  for (const key of ["maskedPaths", "readonlyPaths"] as const) {
    for (const [index, path] of (linux[key] ?? []).entries()) {
      paths.push([["linux", key, index], path]);
    }
  }
  return paths;
}

/** Whether a path has empty parts, `.` or `..`. */
export function isUnclean(path: string): boolean {
  return path.includes("//") || (path.includes(".") && /(^|[/\\])\.\.?([/\\]|$)/.test(path));
}

/** Rules about texts and paths wherever they are. */
export function documentRules(): readonly RuleGroup[] {
  return [
    {
      part: (config) => config,
      rules: () => [
        {
          name: "null-byte",
          section: "IEEE Std 1003.1-2008, 3.375 String",
          sentence:
            "A string ends with its first null byte: what system calls get of the text would be less " +
            "than what is written here.",
          level: "error",
          find: function nullByte({ config, report }) {
            for (const [key, value] of hasNoZeroByte(config) ? [] : Object.entries(config)) {
              // Annotations are never given to the system.
              if (key !== "annotations") {
                reportZeroBytes(value, [key], report);
              }
            }
          },
        },
        {
          name: "path-clean",
          section: "path_resolution(7)",
          sentence:
            "`.` and `..` name the directory that a path has led to and the one above it; behind a " +
            "symbolic link that is another one than the text suggests.",
          level: "warning",
          find: function pathClean({ config, report }) {
            for (const [path, text] of containerPaths(config)) {
              if (isUnclean(text)) {
                report(path, { allowed: "a path without . and .. and //" });
              }
            }
          },
        },
      ],
    },
  ];
}
