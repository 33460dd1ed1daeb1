import type { Config } from "../config/config.ts";
import type { LinuxNamespace, LinuxNamespaceType } from "../config/linux/namespaces.ts";
import type { Features } from "../features.ts";
import type { ProblemLevel } from "../problem.ts";

/** The platforms that the specification names. */
export type SpecPlatform = "linux" | "windows" | "solaris" | "freebsd" | "zos" | "vm";

/** What a rule says of a part of a configuration. */
export interface Finding {
  /** What may be there. */
  readonly allowed: string;
  /** What is there. Default: a description of the value. */
  readonly found?: string;
  /** What was likely meant. */
  readonly meant?: string | undefined;
}

/** What a rule works on. */
export interface RuleContext {
  readonly config: Config;
  readonly platform: SpecPlatform;
  /** What the runtime implements, when that is known. */
  readonly features: Features | undefined;
  /** Reports the part at `path`. */
  readonly report: (path: readonly (string | number)[], finding: Finding) => void;
}

/** A demand of the specification's prose. */
export interface Rule {
  /** Stable name: the code of its problems. */
  readonly name: string;
  /** Document and heading of the specification, or the source of a limit that it leaves to others. */
  readonly section: string;
  /** The sentence that is enforced; of manual pages and the kernel's documents its sense. */
  readonly sentence: string;
  readonly level: ProblemLevel;
  /** Whether it is about what a runtime implements, and has nothing to say when that is unknown. */
  readonly needsFeatures?: boolean;
  /** Platforms that it is for. Default: all. */
  readonly platforms?: readonly SpecPlatform[];
  readonly find: (context: RuleContext) => void;
}

/** Rules about one part of a configuration. */
export interface RuleGroup {
  /** Returns the part; while it is `undefined` the rules have nothing to say. */
  readonly part: (config: Config) => unknown;
  /** Returns the rules: most configurations have few parts, and a start has no time for the others. */
  readonly rules: () => readonly Rule[];
}

/** Returns the part of a document at `path`, `undefined` when there is none. */
export function partAt(value: unknown, path: readonly (string | number)[]): unknown {
  let part = value;
  for (const key of path) {
    part = typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined;
  }
  return part;
}

/** Returns whether the container has a namespace of its own, new or joined. */
export function hasNamespace(config: Config, type: LinuxNamespaceType): boolean {
  return findNamespace(config, type) !== undefined;
}

/** Returns whether the container gets a new namespace. */
export function makesNamespace(config: Config, type: LinuxNamespaceType): boolean {
  const namespace = findNamespace(config, type);
  return namespace !== undefined && (namespace.path ?? "") === "";
}

function findNamespace(config: Config, type: LinuxNamespaceType): LinuxNamespace | undefined {
  for (const namespace of config.linux?.namespaces ?? []) {
    if (namespace.type === type) {
      return namespace;
    }
  }
  return undefined;
}

/** Returns the indices of entries whose key an earlier entry has, too. */
export function findDuplicates<T>(
  entries: readonly T[],
  keyOf: (entry: T) => string | undefined,
): readonly number[] {
  const seen = new Set<string>();
  const duplicates: number[] = [];
  for (const [index, entry] of entries.entries()) {
    const key = keyOf(entry);
    if (key !== undefined && seen.has(key)) {
      duplicates.push(index);
    } else if (key !== undefined) {
      seen.add(key);
    }
  }
  return duplicates;
}

/** Whether `text` is a list of numbers and ranges as in `0-3,7`; an empty one is. */
export function isNumberList(text: string): boolean {
  if (text === "") {
    return true;
  }
  return text.split(",").every((part) => part.trim() === "" || isRange(part.trim()));
}

function isRange(part: string): boolean {
  const match = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(part);
  return match !== null && Number(match[1]) <= Number(match[2] ?? match[1]);
}
