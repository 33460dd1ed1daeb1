import { suggest } from "@ctr/spec";
import type { CommandArg, CommandArgs, RestDefinition } from "./command.ts";
import { aliasesOf, flagName } from "./flag-name.ts";
import { type GlobalFlags, isGlobal } from "./global-flags.ts";
import { usageError } from "./usage-error.ts";

/** What {@linkcode readArguments} takes. */
export interface ReadOptions {
  /** Every argument of the command, those that all commands take among them. */
  readonly args: CommandArgs;
  readonly rest: RestDefinition | undefined;
  readonly argv: readonly string[];
  /** Name of the command, for errors. */
  readonly command: string;
}

/** Arguments that are known to be right. */
export interface ReadArguments {
  /** What citty reads without having to guess: `--name=value`, then `--` and the positional arguments. */
  readonly rawArgs: readonly string[];
  /** Every value of each string flag that was given. */
  readonly repeated: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
  readonly globals: GlobalFlags;
}

/**
 * Reads a command line strictly: citty itself takes flags that it does not know, and reads those behind the name of a
 * program that is to be executed as its own.
 *
 * Flags may stand before and after positional arguments, unless the command takes words of somebody else's: then the
 * first positional argument ends the flags, and a `--` behind the last one is left out.
 *
 * @throws {ContainerError} ERR_UNKNOWN_FLAG, ERR_INVALID_FLAG, ERR_MISSING_ARGUMENT or ERR_UNEXPECTED_ARGUMENT.
 */
export function readArguments(options: ReadOptions): ReadArguments {
  const reader = new ArgumentReader(options);
  reader.read();
  return reader.finish();
}

class ArgumentReader {
  readonly #options: ReadOptions;
  readonly #queue: string[];
  readonly #flags: ReadonlyMap<string, string>;
  readonly #positionalNames: readonly string[];
  readonly #positionals: string[] = [];
  readonly #booleans: Map<string, boolean> = new Map();
  readonly #strings: Map<string, string[]> = new Map();
  #rest: readonly string[] = [];

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#queue = [...options.argv];
    this.#flags = flagTable(options.args);
    this.#positionalNames = Object.entries(options.args)
      .filter(([, arg]) => arg.type === "positional")
      .map(([name]) => name);
  }

  read(): void {
    for (let word = this.#queue.shift(); word !== undefined; word = this.#queue.shift()) {
      if (word === "--") {
        this.#takeWords(this.#queue.splice(0));
      } else if (word.startsWith("--")) {
        this.#takeLongFlag(word.slice(2));
      } else if (word.startsWith("-") && word !== "-") {
        this.#takeShortFlags(word.slice(1));
      } else if (this.#options.rest === undefined) {
        this.#positionals.push(word);
      } else {
        this.#takeWords([word, ...this.#queue.splice(0)]);
      }
    }
  }

  finish(): ReadArguments {
    const globals: GlobalFlags = {
      debug: this.#booleans.get("debug") ?? false,
      json: this.#booleans.get("json") ?? false,
      address: this.#strings.get("address")?.at(-1),
      daemonStart: this.#booleans.get("daemonStart") ?? true,
      help: this.#booleans.get("help") ?? false,
    };
    if (!globals.help) this.#checkCounts();
    const last = this.#positionalNames.at(-1);
    if (last !== undefined && this.#options.args[last]?.multiple === true) {
      this.#strings.set(last, this.#positionals.slice(this.#positionalNames.length - 1));
    }
    return { rawArgs: this.#rawArgs(), repeated: this.#strings, rest: this.#rest, globals };
  }

  /** Takes words that are positional arguments, whatever they begin with, and then somebody else's. */
  #takeWords(words: readonly string[]): void {
    if (this.#options.rest === undefined) {
      this.#positionals.push(...words);
      return;
    }
    const missing = this.#positionalNames.length - this.#positionals.length;
    this.#positionals.push(...words.slice(0, missing));
    const rest = words.slice(missing);
    this.#rest = rest[0] === "--" ? rest.slice(1) : rest;
  }

  #takeLongFlag(text: string): void {
    const equals = text.indexOf("=");
    const typed = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? undefined : text.slice(equals + 1);
    const name = this.#flags.get(typed);
    if (name !== undefined && typed.length > 1) {
      this.#takeFlag(name, `--${typed}`, value);
      return;
    }
    const negated = typed.startsWith("no-") ? this.#flags.get(typed.slice(3)) : undefined;
    if (negated === undefined || !isNegatable(this.#options.args[negated])) {
      throw this.#unknownFlag(`--${typed}`);
    }
    if (value !== undefined) throw this.#unwantedValue(`--${typed}`);
    this.#booleans.set(negated, false);
  }

  #takeShortFlags(letters: string): void {
    for (let at = 0; at < letters.length; at++) {
      const letter = letters.charAt(at);
      const name = this.#flags.get(letter);
      if (name === undefined) throw this.#unknownFlag(`-${letter}`);
      const behind = letters.slice(at + 1);
      if (this.#options.args[name]?.type !== "boolean") {
        const value = behind.startsWith("=") ? behind.slice(1) : behind;
        this.#takeFlag(name, `-${letter}`, behind === "" ? undefined : value);
        return;
      }
      if (behind.startsWith("=")) throw this.#unwantedValue(`-${letter}`);
      this.#booleans.set(name, true);
    }
  }

  #takeFlag(name: string, typed: string, value: string | undefined): void {
    const arg = this.#options.args[name];
    if (arg?.type === "boolean") {
      if (value !== undefined && value !== "true" && value !== "false") {
        throw this.#unwantedValue(typed);
      }
      this.#booleans.set(name, value !== "false");
      return;
    }
    const given = value ?? this.#queue.shift();
    if (given === undefined) {
      throw usageError(`Cannot use ${typed} without a value`, "ERR_INVALID_FLAG", this.#helpHint());
    }
    checkOption(arg, typed, given);
    this.#strings.set(name, [...(this.#strings.get(name) ?? []), given]);
  }

  #checkCounts(): void {
    const missing = this.#positionalNames
      .slice(this.#positionals.length)
      .find((name) => this.#options.args[name]?.required !== false);
    const flag = Object.entries(this.#options.args).find(
      ([name, arg]) =>
        arg.type !== "positional" && arg.required === true && !this.#strings.has(name),
    )?.[0];
    const { rest } = this.#options;
    const what =
      missing?.toUpperCase() ??
      (flag === undefined ? undefined : `--${flagName(flag)}`) ??
      (rest?.required === true && this.#rest.length === 0 ? rest.name : undefined);
    if (what !== undefined) {
      throw usageError(
        `Cannot run "ctr ${this.#options.command}" without ${what}`,
        "ERR_MISSING_ARGUMENT",
        this.#helpHint(),
      );
    }
    const last = this.#options.args[this.#positionalNames.at(-1) ?? ""];
    const extra = this.#positionals[this.#positionalNames.length];
    if (extra === undefined || last?.multiple === true) return;
    const taken = this.#positionalNames.map((name) => name.toUpperCase()).join(" ");
    throw usageError(
      `Cannot use the argument "${extra}" of "ctr ${this.#options.command}": it takes ${taken === "" ? "none" : taken}`,
      "ERR_UNEXPECTED_ARGUMENT",
      this.#helpHint(),
    );
  }

  #rawArgs(): string[] {
    const ours = ([name]: readonly [string, unknown]): boolean =>
      !isGlobal(name) && this.#options.args[name]?.type !== "positional";
    return [
      ...[...this.#booleans].filter(ours).map(([name, value]) => `--${value ? "" : "no-"}${name}`),
      ...[...this.#strings].filter(ours).map(([name, values]) => `--${name}=${values.at(-1)}`),
      "--",
      ...this.#positionals,
    ];
  }

  #unknownFlag(typed: string): Error {
    const meant = suggest(typed.replace(/^-+/, ""), longFlags(this.#options.args));
    return usageError(
      `Cannot use the flag ${typed}: "ctr ${this.#options.command}" has none of that name`,
      "ERR_UNKNOWN_FLAG",
      meant === undefined || typed.length < 3 ? this.#helpHint() : `Did you mean --${meant}?`,
    );
  }

  #unwantedValue(typed: string): Error {
    return usageError(
      `Cannot give the flag ${typed} a value: it is on or off`,
      "ERR_INVALID_FLAG",
      this.#helpHint(),
    );
  }

  #helpHint(): string {
    return `Run "ctr ${this.#options.command} --help"`;
  }
}

/** Maps what may be typed to the argument's name: names as they are typed, and letters. */
function flagTable(args: CommandArgs): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    table.set(flagName(name), name);
    for (const alias of aliasesOf(arg)) table.set(alias, name);
  }
  return table;
}

/** Every long flag as it is typed, without the dashes: `follow` as `no-follow` when it is on anyway. */
function longFlags(args: CommandArgs): string[] {
  return Object.entries(args).flatMap(([name, arg]) => {
    if (arg.type === "positional") return [];
    const words = [name, ...aliasesOf(arg).filter((alias) => alias.length > 1)].map(flagName);
    return isNegatable(arg) ? words.map((word) => `no-${word}`) : words;
  });
}

function isNegatable(arg: CommandArg | undefined): boolean {
  return arg?.type === "boolean" && arg.default === true;
}

function checkOption(arg: CommandArg | undefined, typed: string, value: string): void {
  if (arg?.type !== "enum" || arg.options?.includes(value) !== false) return;
  const meant = suggest(value, arg.options);
  throw usageError(
    `Cannot use "${value}" for ${typed}: it is one of ${arg.options.join(", ")}`,
    "ERR_INVALID_FLAG",
    meant === undefined ? undefined : `Did you mean ${meant}?`,
  );
}
