/**
 * Flags as runc takes them: `--name value`, `--name=value`, `-n value`, and with one dash before a long name, too.
 *
 * @module
 */

import { ContainerError, suggest } from "@ctr/spec";

/** A flag that a command takes. */
export interface Flag {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What follows it: nothing, or a value that the help calls so. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly list?: true;
  readonly help: string;
  /** Left out of the help: taken for other runtimes' sake. */
  readonly hidden?: true;
}

/** What was given. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Whether a flag was given, and not as `--flag=false`. */
  has(name: string): boolean {
    const last = this.#values.get(name)?.at(-1);
    return last !== undefined && last !== "false";
  }

  /** The last value of a flag. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values of a flag. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The last value of a flag as a whole number.
   *
   * @throws {ContainerError} ERR_USAGE
   */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^-?\d+$/.test(text)) return Number(text);
    throw usageError(`Cannot use "${text}" for --${name}: it is not a whole number`);
  }
}

/** Arguments, taken apart. */
export interface Arguments {
  readonly flags: Flags;
  readonly rest: readonly string[];
}

/**
 * Takes arguments apart.
 *
 * @param rule `all` looks for flags everywhere, `leading` ends at the first argument that is none: what follows is
 *   somebody else's. `--` ends both.
 * @throws {ContainerError} ERR_USAGE
 */
export function parseFlags(
  known: readonly Flag[],
  args: readonly string[],
  rule: "all" | "leading",
): Arguments {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  const queue = [...args];
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === "--") return { flags: new Flags(values), rest: [...rest, ...queue] };
    if (!arg.startsWith("-") || arg === "-") {
      rest.push(arg);
      if (rule === "leading") return { flags: new Flags(values), rest: [...rest, ...queue] };
      continue;
    }
    const [name = "", inline] = split(arg.replace(/^--?/, ""));
    const flag = known.find((each) => each.name === name || each.short === name);
    if (flag === undefined) throw unknownFlag(arg, name, known);
    const list = values.get(flag.name) ?? [];
    list.push(flag.value === undefined ? (inline ?? "true") : valueFor(flag, inline, queue));
    values.set(flag.name, list);
  }
  return { flags: new Flags(values), rest };
}

function split(text: string): [string, string | undefined] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function valueFor(flag: Flag, inline: string | undefined, queue: string[]): string {
  const value = inline ?? queue.shift();
  if (value === undefined) throw usageError(`Cannot use --${flag.name} without ${flag.value}`);
  return value;
}

function unknownFlag(arg: string, name: string, known: readonly Flag[]): ContainerError {
  const names = known.filter(({ hidden }) => hidden !== true).map((flag) => flag.name);
  const meant = suggest(name, names);
  const hint = meant === undefined ? "--help lists the flags" : `Did you mean --${meant}?`;
  return usageError(`Cannot understand the flag "${arg}"`, hint);
}

/** Returns the error of a command line that cannot be understood. */
export function usageError(message: string, hint?: string): ContainerError {
  return new ContainerError(message, {
    code: "ERR_USAGE",
    kind: "invalid",
    ...(hint === undefined ? {} : { hint }),
  });
}
