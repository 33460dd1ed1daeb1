import type { Config } from "../../config/config.ts";
import { type Hook, type HookName, hookNames } from "../../config/hooks.ts";
import { defineRule, type Rule } from "../rule.ts";

function hooksOf(config: Config): readonly (readonly [HookName, number, Hook])[] {
  return hookNames.flatMap((name) =>
    (config.hooks?.[name] ?? []).map((hook, index) => [name, index, hook] as const),
  );
}

/** Rules about `hooks`. */
export const hookRules: readonly Rule[] = [
  defineRule(
    "hook-path",
    {
      section: "config.md, POSIX-platform Hooks",
      sentence: "This specification extends the IEEE standard in that `path` MUST be absolute.",
      level: "error",
    },
    function hookPath({ config, report }) {
      for (const [name, index, hook] of hooksOf(config)) {
        if (!hook.path.startsWith("/")) {
          report(["hooks", name, index, "path"], { allowed: "an absolute path" });
        }
      }
    },
  ),
  defineRule(
    "hook-timeout",
    {
      section: "config.md, POSIX-platform Hooks",
      sentence: "If set, `timeout` MUST be greater than zero.",
      level: "error",
    },
    function hookTimeout({ config, report }) {
      for (const [name, index, hook] of hooksOf(config)) {
        // A timer of more seconds than this would end at once.
        if (hook.timeout !== undefined && (hook.timeout <= 0 || hook.timeout > 2 ** 31)) {
          report(["hooks", name, index, "timeout"], { allowed: "1 to 2147483648 seconds" });
        }
      }
    },
  ),
  defineRule(
    "hook-env",
    {
      section: "config.md, POSIX-platform Hooks",
      sentence:
        "`env` (array of strings, OPTIONAL) with the same semantics as IEEE Std 1003.1-2008's " +
        "`environ`.",
      level: "error",
    },
    function hookEnv({ config, report }) {
      for (const [name, index, hook] of hooksOf(config)) {
        for (const [at, entry] of (hook.env ?? []).entries()) {
          if (entry.indexOf("=") < 1) {
            report(["hooks", name, index, "env", at], { allowed: "NAME=value" });
          }
        }
      }
    },
  ),
  defineRule(
    "hook-prestart",
    {
      section: "config.md, Prestart",
      sentence:
        "Note: `prestart` hooks were deprecated in favor of `createRuntime`, `createContainer` " +
        "and `startContainer` hooks",
      level: "note",
    },
    function hookPrestart({ config, report }) {
      if ((config.hooks?.prestart ?? []).length > 0) {
        report(["hooks", "prestart"], { allowed: "createRuntime instead" });
      }
    },
  ),
  defineRule(
    "hook-supported",
    {
      section: "features.md, Hooks",
      sentence: "`hooks` (array of strings, OPTIONAL) The recognized names of the hooks.",
      level: "error",
    },
    function hookSupported({ config, features, report }) {
      for (const name of features?.hooks === undefined ? [] : hookNames) {
        if ((config.hooks?.[name] ?? []).length > 0 && features?.hooks?.includes(name) === false) {
          report(["hooks", name], { allowed: "nothing: the runtime does not run these hooks" });
        }
      }
    },
  ),
];
