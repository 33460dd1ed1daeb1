import type { Config } from "../../config/config.ts";
import { type Hook, type HookName, hookNames } from "../../config/hooks.ts";
import type { RuleGroup } from "../rule.ts";

function hooksOf(config: Config): readonly (readonly [HookName, number, Hook])[] {
  const all: (readonly [HookName, number, Hook])[] = [];
  for (const name of config.hooks === undefined ? [] : hookNames) {
    for (const [index, hook] of (config.hooks?.[name] ?? []).entries()) {
      all.push([name, index, hook]);
    }
  }
  return all;
}

function hooksPart({ hooks }: Config): unknown {
  return hooks;
}

/** Rules about `hooks`. */
export function hookRules(): readonly RuleGroup[] {
  return [
    {
      part: hooksPart,
      rules: () => [
        {
          name: "hook-path",
          section: "config.md, POSIX-platform Hooks",
          sentence: "This specification extends the IEEE standard in that `path` MUST be absolute.",
          level: "error",
          find: function hookPath({ config, report }) {
            for (const [name, index, hook] of hooksOf(config)) {
              if (!hook.path.startsWith("/")) {
                report(["hooks", name, index, "path"], { allowed: "an absolute path" });
              }
            }
          },
        },
        {
          name: "hook-timeout",
          section: "config.md, POSIX-platform Hooks",
          sentence: "If set, `timeout` MUST be greater than zero.",
          level: "error",
          find: function hookTimeout({ config, report }) {
            for (const [name, index, hook] of hooksOf(config)) {
              // A timer of more seconds than this would end at once.
              if (hook.timeout !== undefined && (hook.timeout <= 0 || hook.timeout > 2 ** 31)) {
                report(["hooks", name, index, "timeout"], { allowed: "1 to 2147483648 seconds" });
              }
            }
          },
        },
        {
          name: "hook-env",
          section: "config.md, POSIX-platform Hooks",
          sentence:
            "`env` (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008's " +
            "`environ`.",
          level: "error",
          find: function hookEnv({ config, report }) {
            for (const [name, index, hook] of hooksOf(config)) {
              for (const [at, entry] of (hook.env ?? []).entries()) {
                if (entry.indexOf("=") < 1) {
                  report(["hooks", name, index, "env", at], { allowed: "NAME=value" });
                }
              }
            }
          },
        },
        {
          name: "hook-prestart",
          section: "config.md, Prestart",
          sentence:
            "Note: `prestart` hooks were deprecated in favor of `createRuntime`, `createContainer` " +
            "and `startContainer` hooks",
          level: "note",
          find: function hookPrestart({ config, report }) {
            if ((config.hooks?.prestart ?? []).length > 0) {
              report(["hooks", "prestart"], { allowed: "createRuntime instead" });
            }
          },
        },
      ],
    },
    {
      part: hooksPart,
      rules: () => [
        {
          name: "hook-supported",
          needsFeatures: true,
          section: "features.md, Hooks",
          sentence: "`hooks` (array of strings, OPTIONAL) The recognized names of the hooks.",
          level: "error",
          find: function hookSupported({ config, features, report }) {
            for (const name of features?.hooks === undefined ? [] : hookNames) {
              if (
                (config.hooks?.[name] ?? []).length > 0 &&
                features?.hooks?.includes(name) === false
              ) {
                report(["hooks", name], {
                  allowed: "nothing: the runtime does not run these hooks",
                });
              }
            }
          },
        },
      ],
    },
  ];
}
