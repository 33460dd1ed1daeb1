import type { Config } from "../../config/config.ts";
import type { Process } from "../../config/process.ts";
import { findDuplicates, isNumberList, type RuleGroup, type SpecPlatform } from "../rule.ts";

/** The one above stands for "no change". */
const idMax = 2 ** 32 - 2;

/** Returns the name of an environment variable, empty when there is none. */
function variableName(entry: string, platform: SpecPlatform): string {
  // On Windows the working directories of drives are variables such as "=C:".
  const at = entry.indexOf("=", platform === "windows" ? 1 : 0);
  return entry.slice(0, Math.max(at, 0));
}

function processPart({ process }: Config): unknown {
  return process;
}

/** Rules about `process`, but for capabilities, limits and priorities. */
export function processRules(): readonly RuleGroup[] {
  const posix = ["linux", "solaris", "freebsd", "zos", "vm"] as const;
  return [
    {
      part: (config) => config,
      rules: () => [
        {
          name: "process-required",
          section: "config.md, Process",
          sentence: "This property is REQUIRED when `start` is called.",
          level: "note",
          find: function processRequired({ config, report }) {
            if (config.process === undefined) {
              report(["process"], { allowed: "an object, to start the container" });
            }
          },
        },
      ],
    },
    {
      part: processPart,
      rules: () => [
        {
          name: "process-cwd",
          section: "config.md, Process",
          sentence: "`cwd` ... This value MUST be an absolute path.",
          level: "error",
          find: function processCwd({ config, platform, report }) {
            const absolute = platform === "windows" ? /^[a-z]:[\\/]/i : /^\//;
            if (config.process !== undefined && !absolute.test(config.process.cwd)) {
              report(["process", "cwd"], { allowed: "an absolute path" });
            }
          },
        },
        {
          name: "process-args",
          section: "config.md, Process",
          sentence:
            "This specification extends the IEEE standard in that at least one entry is REQUIRED " +
            "(non-Windows), and that entry is used with the same semantics as `execvp`'s file.",
          level: "error",
          platforms: posix,
          find: function processArgs({ config: { process }, report }) {
            if (process !== undefined && (process.args ?? []).length === 0) {
              report(["process", "args"], { allowed: "a list with the command to run" });
            } else if (process?.args?.[0] === "") {
              report(["process", "args", 0], { allowed: "the command to run" });
            }
          },
        },
        {
          name: "process-command-line",
          section: "config.md, Process",
          sentence:
            "This field is OPTIONAL on Windows, and `commandLine` is REQUIRED if this field is " +
            "omitted.",
          level: "error",
          platforms: ["windows"],
          find: function processCommandLine({ config: { process }, report }) {
            const isSet = (process?.args ?? []).length > 0 || (process?.commandLine ?? "") !== "";
            if (process !== undefined && !isSet) {
              report(["process", "commandLine"], {
                allowed: "a command line, as there are no args",
              });
            }
          },
        },
        {
          name: "process-env",
          section: "config.md, Process",
          sentence:
            "`env` (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008's " +
            "`environ`.",
          level: "error",
          find: function processEnv({ config: { process }, platform, report }) {
            for (const [index, entry] of (process?.env ?? []).entries()) {
              if (variableName(entry, platform) === "") {
                report(["process", "env", index], { allowed: "NAME=value" });
              }
            }
          },
        },
      ],
    },
    {
      part: processPart,
      rules: () => [
        {
          name: "process-env-duplicate",
          section: "IEEE Std 1003.1-2008, 8.1 Environment Variable Definition",
          sentence:
            "If more than one string in an environment of a process has the same name, the " +
            "consequences are undefined.",
          level: "warning",
          find: function processEnvDuplicate({ config: { process }, platform, report }) {
            const nameOf = (entry: string): string | undefined =>
              variableName(entry, platform) || undefined;
            for (const index of findDuplicates(process?.env ?? [], nameOf)) {
              report(["process", "env", index], { allowed: "each name once" });
            }
          },
        },
        {
          name: "process-console-size",
          section: "config.md, Process",
          sentence: "Runtimes MUST ignore `consoleSize` if `terminal` is `false` or unset.",
          level: "warning",
          find: function processConsoleSize({ config: { process }, report }) {
            if (process?.consoleSize !== undefined && process.terminal !== true) {
              report(["process", "consoleSize"], {
                allowed: "nothing without terminal: it is ignored",
              });
            }
          },
        },
        {
          name: "process-oom-score-adj",
          section: "config.md, Linux Process",
          sentence:
            "If `oomScoreAdj` is set, the runtime MUST set `oom_score_adj` to the given value.",
          level: "error",
          platforms: ["linux"],
          find: function processOomScoreAdj({ config: { process }, report }) {
            const score = process?.oomScoreAdj;
            if (score !== undefined && (score < -1000 || score > 1000)) {
              report(["process", "oomScoreAdj"], { allowed: "-1000 to 1000, proc(5)" });
            }
          },
        },
      ],
    },
    {
      part: processPart,
      rules: () => [
        {
          name: "process-cpu-affinity",
          section: "config.md, Linux Process",
          sentence: "This is a a comma-separated list, with dashes to represent ranges.",
          level: "error",
          platforms: ["linux"],
          find: function processCpuAffinity({ config: { process }, report }) {
            for (const key of ["initial", "final"] as const) {
              const list = process?.execCPUAffinity?.[key];
              if (list !== undefined && !isNumberList(list)) {
                report(["process", "execCPUAffinity", key], { allowed: "a list such as 0-3,7" });
              }
            }
          },
        },
        {
          name: "process-user-id",
          section: "setresuid(2), chown(2)",
          sentence: "An id of -1, 4294967295 as an unsigned number, leaves the id as it is.",
          level: "error",
          platforms: posix,
          find: function processUserId({ config: { process }, report }) {
            const { uid, gid, additionalGids = [] } = process?.user ?? {};
            const ids = [
              [["uid"], uid],
              [["gid"], gid],
              ...additionalGids.map((id, index) => [["additionalGids", index], id] as const),
            ] as const;
            for (const [path, id] of ids) {
              if (id !== undefined && id > idMax) {
                report(["process", "user", ...path], { allowed: `0 to ${idMax}` });
              }
            }
          },
        },
        {
          name: "process-umask",
          section: "umask(2)",
          sentence: "umask() sets the calling process's file mode creation mask to mask & 0777",
          level: "warning",
          platforms: posix,
          find: function processUmask({ config: { process }, report }) {
            const umask = process?.user?.umask;
            if (umask !== undefined && umask > 0o777) {
              report(["process", "user", "umask"], { allowed: "0 to 511, octal 0777" });
            }
          },
        },
        {
          name: "process-lsm-supported",
          needsFeatures: true,
          section: "features-linux.md, AppArmor, SELinux",
          sentence:
            "`enabled` (bool, OPTIONAL) represents whether the runtime supports AppArmor ... SELinux",
          level: "error",
          platforms: ["linux"],
          find: function processLsmSupported({ config: { process }, features, report }) {
            const labels: readonly (readonly [keyof Process, boolean | undefined])[] = [
              ["apparmorProfile", features?.linux?.apparmor?.enabled],
              ["selinuxLabel", features?.linux?.selinux?.enabled],
            ];
            for (const [key, enabled] of labels) {
              if (enabled === false && (process?.[key] ?? "") !== "") {
                report(["process", key], { allowed: "nothing: the runtime has no support for it" });
              }
            }
          },
        },
      ],
    },
  ];
}
