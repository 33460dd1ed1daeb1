import { checkConfig, checkProcess } from "../check.ts";
import { type Config, ociVersion } from "../config/config.ts";
import { configShape } from "../config/config-shape.ts";
import { fitsConfig } from "../config/fits-config.ts";
import type { Process } from "../config/process.ts";
import type { Features } from "../features.ts";
import { describeValue, type Problem, sortProblems, toPointer } from "../problem.ts";
import { findShapeProblemsAndNotes } from "../shape.ts";
import { SpecError } from "../spec-error.ts";
import { ruleSections } from "./config-rules.ts";
import { isPlainConfig } from "./plain-config.ts";
import {
  type Finding,
  partAt,
  type Rule,
  type RuleContext,
  type RuleGroup,
  type SpecPlatform,
} from "./rule.ts";

/** Options of {@linkcode validateConfig}. */
export interface ValidateOptions {
  /**
   * Platform that the container is for.
   *
   * @default "linux"
   */
  readonly platform?: SpecPlatform;
  /** What the runtime implements; what it does not is then a problem, too. Default: not looked at. */
  readonly features?: Features;
}

/**
 * Returns everything that is wrong with a configuration, in the order of the document: first what
 * {@linkcode checkConfig} would refuse, or when that is nothing, what the prose of the specification
 * demands beyond the published schemas, and unknown fields as notes.
 *
 * Each problem's code is the name of the rule, one of `configRules`, or one of the schema's.
 *
 * @example
 * ```ts
 * import { defaultConfig, formatProblems, validateConfig } from "@ctr/spec";
 *
 * const problems = validateConfig({
 *   ...defaultConfig(),
 *   process: { cwd: "/", args: ["sh"], capabilities: { bounding: ["CAP_NET_BIN"] } },
 * });
 * console.log(formatProblems(problems));
 * // warning: /process/capabilities/bounding/0: found "CAP_NET_BIN", allowed is a name of capabilities(7); did you mean "CAP_NET_BIND_SERVICE"?
 * ```
 */
export function validateConfig(value: unknown, options: ValidateOptions = {}): readonly Problem[] {
  if (mayGlance(options) && isPlainConfig(value)) {
    return [];
  }
  if (fitsConfig(value)) {
    return sortProblems(findRuleProblems(value, options));
  }
  const { problems, notes } = findShapeProblemsAndNotes(value, configShape());
  return sortProblems([
    ...(isConfig(value, problems) ? findRuleProblems(value, options) : problems),
    ...notes,
  ]);
}

/** Whether a value whose problems are known is a configuration. */
function isConfig(_value: unknown, problems: readonly Problem[]): _value is Config {
  return problems.length === 0;
}

/**
 * Returns a configuration as it was given, once {@linkcode validateConfig} finds no error in it.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG`, a {@linkcode SpecError} that lists every
 * error, not the warnings and notes.
 */
export function requireValidConfig(value: unknown, options: ValidateOptions = {}): Config {
  if (mayGlance(options) && isPlainConfig(value)) {
    return value;
  }
  const config = checkConfig(value);
  const errors = findRuleProblems(config, options).filter(({ level }) => level === "error");
  if (errors.length > 0) {
    throw new SpecError("configuration", "ERR_INVALID_CONFIG", sortProblems(errors));
  }
  return config;
}

/**
 * As {@linkcode requireValidConfig} for a process alone, such as one that is executed in a container. Pointers begin at
 * the process.
 *
 * @throws {ContainerError} with code `ERR_INVALID_PROCESS`, a {@linkcode SpecError}.
 */
export function requireValidProcess(value: unknown): Process {
  const process = checkProcess(value);
  const errors = findRuleProblems({ ociVersion, process }, {})
    .filter(({ level, pointer }) => level === "error" && pointer.startsWith(processPointer))
    .map((problem) => ({ ...problem, pointer: problem.pointer.slice(processPointer.length) }));
  if (errors.length > 0) {
    throw new SpecError("process", "ERR_INVALID_PROCESS", sortProblems(errors));
  }
  return process;
}

const processPointer = "/process";

/** Whether a glance at a configuration can spare its rules: plain is what is for Linux and runtimes of unknown features. */
function mayGlance({ platform = "linux", features }: ValidateOptions): boolean {
  return platform === "linux" && features === undefined;
}

function findRuleProblems(config: Config, options: ValidateOptions): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { isPlain, groups } of ruleSections()) {
    if (!(mayGlance(options) && isPlain(config))) {
      problems.push(...applyRules(groups(), config, options));
    }
  }
  return problems;
}

/** Returns what the rules say of a configuration. */
export function applyRules(
  groups: readonly RuleGroup[],
  config: Config,
  { platform = "linux", features }: ValidateOptions,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { part, rules } of groups) {
    for (const rule of part(config) === undefined ? [] : rules()) {
      const isAbout = rule.platforms === undefined || rule.platforms.includes(platform);
      if (isAbout && (features !== undefined || rule.needsFeatures !== true)) {
        const report: RuleContext["report"] = (path, finding) => {
          problems.push(toProblem(config, rule, path, finding));
        };
        rule.find({ config, platform, features, report });
      }
    }
  }
  return problems;
}

function toProblem(
  config: Config,
  rule: Rule,
  path: readonly (string | number)[],
  { found, allowed, meant }: Finding,
): Problem {
  return {
    pointer: toPointer(path),
    code: rule.name,
    level: rule.level,
    found: found ?? describeValue(partAt(config, path)),
    allowed,
    ...(meant === undefined ? {} : { meant: JSON.stringify(meant) }),
  };
}
