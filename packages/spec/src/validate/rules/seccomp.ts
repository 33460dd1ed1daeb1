import type { Config } from "../../config/config.ts";
import type { LinuxSeccompArg, LinuxSyscall, SeccompAction } from "../../config/linux/seccomp.ts";
import { findDuplicates, type RuleGroup } from "../rule.ts";

function rulesOf(config: Config): Iterable<readonly [number, LinuxSyscall]> {
  return config.linux?.seccomp?.syscalls?.entries() ?? [];
}

function takesErrno(action: SeccompAction): boolean {
  return action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
}

function argsOf(config: Config): readonly (readonly [number, number, LinuxSeccompArg])[] {
  const all: (readonly [number, number, LinuxSeccompArg])[] = [];
  for (const [index, { args = [] }] of rulesOf(config)) {
    for (const [at, arg] of args.entries()) {
      all.push([index, at, arg]);
    }
  }
  return all;
}

function usesNotify(config: Config): boolean {
  const rules = config.linux?.seccomp?.syscalls;
  return rules?.some(({ action }) => action === "SCMP_ACT_NOTIFY") ?? false;
}

function seccompPart({ linux }: Config): unknown {
  return linux?.seccomp;
}

/** Rules about `linux.seccomp`. */
export function seccompRules(): readonly RuleGroup[] {
  const root = ["linux", "seccomp"] as const;
  return [
    {
      part: seccompPart,
      rules: () => [
        {
          name: "seccomp-errno-action",
          section: "config-linux.md, Seccomp",
          sentence:
            "When the action doesn't support an errno, the runtime MUST print and error and fail.",
          level: "error",
          platforms: ["linux"],
          find: function seccompErrnoAction({ config, report }) {
            const seccomp = config.linux?.seccomp;
            if (seccomp?.defaultErrnoRet !== undefined && !takesErrno(seccomp.defaultAction)) {
              report([...root, "defaultErrnoRet"], {
                allowed: `nothing with ${seccomp.defaultAction}`,
              });
            }
            for (const [index, { action, errnoRet }] of rulesOf(config)) {
              if (errnoRet !== undefined && !takesErrno(action)) {
                report([...root, "syscalls", index, "errnoRet"], {
                  allowed: `nothing with ${action}`,
                });
              }
            }
          },
        },
        {
          name: "seccomp-errno-range",
          section: "seccomp(2), SECCOMP_RET_ERRNO",
          sentence:
            "Some actions like `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` allow to specify the errno " +
            "code to return; the kernel keeps 16 bits of it, and takes no errno above 4095.",
          level: "error",
          platforms: ["linux"],
          find: function seccompErrnoRange({ config, report }) {
            const check = (
              path: readonly (string | number)[],
              action: SeccompAction,
              errno = 0,
            ): void => {
              const max = action === "SCMP_ACT_TRACE" ? 65_535 : 4095;
              if (takesErrno(action) && errno > max) {
                report([...root, ...path], { allowed: `0 to ${max}` });
              }
            };
            const seccomp = config.linux?.seccomp;
            if (seccomp !== undefined) {
              check(["defaultErrnoRet"], seccomp.defaultAction, seccomp.defaultErrnoRet);
            }
            for (const [index, { action, errnoRet }] of rulesOf(config)) {
              check(["syscalls", index, "errnoRet"], action, errnoRet);
            }
          },
        },
        {
          name: "seccomp-listener-metadata",
          section: "config-linux.md, Seccomp",
          sentence: "This field MUST NOT be set if `listenerPath` is not set.",
          level: "error",
          platforms: ["linux"],
          find: function seccompListenerMetadata({ config, report }) {
            const { listenerPath = "", listenerMetadata = "" } = config.linux?.seccomp ?? {};
            if (listenerMetadata !== "" && listenerPath === "") {
              report([...root, "listenerMetadata"], { allowed: "nothing without listenerPath" });
            }
          },
        },
      ],
    },
    {
      part: seccompPart,
      rules: () => [
        {
          name: "seccomp-listener-path",
          section: "config-linux.md, Seccomp",
          sentence:
            "`listenerPath` (string, OPTIONAL) - specifies the path of UNIX domain socket over which " +
            "the runtime will send the container process state data structure when the " +
            "`SCMP_ACT_NOTIFY` action is used.",
          level: "error",
          platforms: ["linux"],
          find: function seccompListenerPath({ config, report }) {
            const { listenerPath = "" } = config.linux?.seccomp ?? {};
            if (usesNotify(config) && listenerPath === "") {
              report([...root, "listenerPath"], {
                allowed: "a path, since SCMP_ACT_NOTIFY is used",
              });
            }
          },
        },
        {
          name: "seccomp-listener-unused",
          section: "config-linux.md, Seccomp",
          sentence: "If the `SCMP_ACT_NOTIFY` action is not used this value is ignored.",
          level: "note",
          platforms: ["linux"],
          find: function seccompListenerUnused({ config, report }) {
            const { listenerPath = "" } = config.linux?.seccomp ?? {};
            if (listenerPath !== "" && !usesNotify(config)) {
              report([...root, "listenerPath"], {
                allowed: "nothing: SCMP_ACT_NOTIFY is not used",
              });
            }
          },
        },
        {
          name: "seccomp-notify",
          section: "seccomp_unotify(2)",
          sentence:
            "The runtime itself needs calls such as write(2) to send the notify descriptor to the " +
            "agent; a filter that asks the agent about them first waits for ever.",
          level: "error",
          platforms: ["linux"],
          find: function seccompNotify({ config, report }) {
            if (config.linux?.seccomp?.defaultAction === "SCMP_ACT_NOTIFY") {
              report([...root, "defaultAction"], { allowed: "any other action" });
            }
            for (const [index, { action, names }] of rulesOf(config)) {
              const at = names.indexOf("write");
              if (action === "SCMP_ACT_NOTIFY" && at !== -1) {
                report([...root, "syscalls", index, "names", at], {
                  allowed: "any call but write",
                });
              }
            }
          },
        },
        {
          name: "seccomp-arg-index",
          section: "config-linux.md, Seccomp",
          sentence: "`index` (uint, REQUIRED) - the index for syscall arguments in seccomp.",
          level: "error",
          platforms: ["linux"],
          find: function seccompArgIndex({ config, report }) {
            for (const [index, at, arg] of argsOf(config)) {
              if (arg.index > 5) {
                report([...root, "syscalls", index, "args", at, "index"], { allowed: "0 to 5" });
              }
            }
          },
        },
      ],
    },
    {
      part: seccompPart,
      rules: () => [
        {
          name: "seccomp-value-two",
          section: "seccomp_rule_add(3), SCMP_CMP",
          sentence: "Only `SCMP_CMP_MASKED_EQ` compares with two values, a mask and a datum.",
          level: "warning",
          platforms: ["linux"],
          find: function seccompValueTwo({ config, report }) {
            for (const [index, at, { op, valueTwo = 0 }] of argsOf(config)) {
              if (valueTwo !== 0 && op !== "SCMP_CMP_MASKED_EQ") {
                report([...root, "syscalls", index, "args", at, "valueTwo"], {
                  allowed: `nothing with ${op}`,
                });
              }
            }
          },
        },
        {
          name: "seccomp-names",
          section: "config-linux.md, Seccomp",
          sentence:
            "`names` (array of strings, REQUIRED) - the names of the syscalls. `names` MUST contain " +
            "at least one entry.",
          level: "warning",
          platforms: ["linux"],
          find: function seccompNames({ config, report }) {
            for (const [index, { names }] of rulesOf(config)) {
              for (const [at, name] of names.entries()) {
                if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
                  report([...root, "syscalls", index, "names", at], {
                    allowed: "the name of a call",
                  });
                }
              }
            }
          },
        },
        {
          name: "seccomp-same-action",
          section: "config-linux.md, Seccomp",
          sentence:
            "While this property is OPTIONAL, some values of `defaultAction` are not useful without " +
            "`syscalls` entries.",
          level: "note",
          platforms: ["linux"],
          find: function seccompSameAction({ config, report }) {
            const seccomp = config.linux?.seccomp;
            for (const [index, { action, errnoRet }] of rulesOf(config)) {
              if (action === seccomp?.defaultAction && errnoRet === seccomp.defaultErrnoRet) {
                report([...root, "syscalls", index, "action"], {
                  allowed: "an action other than the default: this one changes nothing",
                });
              }
            }
          },
        },
      ],
    },
    {
      part: seccompPart,
      rules: () => [
        {
          name: "seccomp-kills",
          section: "config-linux.md, Seccomp",
          sentence:
            "For example, if `defaultAction` is `SCMP_ACT_KILL` and `syscalls` is empty or unset, " +
            "the kernel will kill the container process on its first syscall.",
          level: "warning",
          platforms: ["linux"],
          find: function seccompKills({ config, report }) {
            const seccomp = config.linux?.seccomp;
            const harmless = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"];
            if (seccomp !== undefined && !harmless.includes(seccomp.defaultAction)) {
              if ((seccomp.syscalls ?? []).length === 0) {
                report([...root, "syscalls"], { allowed: "rules: without, no program can run" });
              }
            }
          },
        },
        {
          name: "seccomp-duplicate",
          section: "config-linux.md, Seccomp",
          sentence:
            "`architectures` (array of strings, OPTIONAL) - the architecture used for system calls.",
          level: "warning",
          platforms: ["linux"],
          find: function seccompDuplicate({ config, report }) {
            for (const key of ["architectures", "flags"] as const) {
              for (const index of findDuplicates(
                config.linux?.seccomp?.[key] ?? [],
                (name) => name,
              )) {
                report([...root, key, index], { allowed: "each once" });
              }
            }
          },
        },
      ],
    },
    {
      part: seccompPart,
      rules: () => [
        {
          name: "seccomp-supported",
          needsFeatures: true,
          section: "features-linux.md, Seccomp",
          sentence: "`enabled` (bool, OPTIONAL) represents whether the runtime supports seccomp.",
          level: "error",
          platforms: ["linux"],
          find: function seccompSupported({ config, features, report }) {
            const [wanted, has] = [config.linux?.seccomp, features?.linux?.seccomp];
            if (wanted === undefined || has === undefined) {
              return;
            }
            const need = (
              path: readonly (string | number)[],
              name: string,
              list?: readonly string[],
            ): void => {
              if (list?.includes(name) === false) {
                report([...root, ...path], { allowed: "one that the runtime has" });
              }
            };
            if (has.enabled === false) {
              report(root, { allowed: "nothing: the runtime has no support for it" });
            }
            need(["defaultAction"], wanted.defaultAction, has.actions);
            wanted.architectures?.forEach((name, at) => {
              need(["architectures", at], name, has.archs);
            });
            wanted.flags?.forEach((name, at) => {
              need(["flags", at], name, has.supportedFlags ?? has.knownFlags);
            });
            for (const [index, { action }] of rulesOf(config)) {
              need(["syscalls", index, "action"], action, has.actions);
            }
            for (const [index, at, { op }] of argsOf(config)) {
              need(["syscalls", index, "args", at, "op"], op, has.operators);
            }
          },
        },
      ],
    },
  ];
}
