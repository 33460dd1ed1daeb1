import {
  type ArgDef,
  type CommandDef,
  defineCommand as defineCittyCommand,
  type ParsedArgs,
  runCommand,
} from "citty";
import type { Session } from "../session/session.ts";
import { type GlobalFlags, globalArgs } from "./global-flags.ts";
import { readArguments } from "./read-arguments.ts";

/** An argument as citty defines it; a string may be given several times. */
export type CommandArg = ArgDef & { readonly multiple?: true };

/** The arguments of a command by name, positional ones in their order. */
export type CommandArgs = Record<string, CommandArg>;

/** The values of the arguments that may be given several times, in the order given. */
export type RepeatedValues<A extends CommandArgs> = {
  readonly [K in keyof A as A[K] extends { readonly multiple: true }
    ? K
    : never]: readonly string[];
};

/** The words after the last positional argument, which are not ours to understand. */
export interface RestDefinition {
  /** What they are called in the help, for example `COMMAND...`. */
  readonly name: string;
  readonly description: string;
  readonly required?: true;
}

/** A line to type, and what it does. */
export interface Example {
  readonly line: string;
  readonly about: string;
}

/** What a command's `run` gets. */
export interface Invocation<A extends CommandArgs> {
  readonly args: ParsedArgs<A>;
  readonly repeated: RepeatedValues<A>;
  /** The words of {@linkcode RestDefinition}, untouched. */
  readonly rest: readonly string[];
  readonly session: Session;
}

/** What {@linkcode defineCommand} takes. */
export interface CommandOptions<A extends CommandArgs> {
  /** What is typed after `ctr`. */
  readonly name: string;
  /** One sentence in the imperative, without a period. */
  readonly description: string;
  /** What the help says below the description. */
  readonly details?: string;
  readonly args: A;
  readonly rest?: RestDefinition;
  readonly examples: readonly Example[];
  /** Does the work; returns the exit code. */
  run(invocation: Invocation<A>): Promise<number>;
}

/** A command, ready to be run, and what the help and the reference say of it. */
export interface Command {
  readonly name: string;
  readonly description: string;
  readonly details: string | undefined;
  readonly args: CommandArgs;
  readonly rest: RestDefinition | undefined;
  readonly examples: readonly Example[];
  /**
   * Reads the arguments.
   *
   * @throws {ContainerError} of kind `invalid`.
   */
  prepare(argv: readonly string[]): PreparedCommand;
}

/** A command whose arguments were read. */
export interface PreparedCommand {
  readonly globals: GlobalFlags;
  /** Runs it; resolves to the exit code. */
  run(session: Session): Promise<number>;
}

/** Makes a command; its arguments are those of `options` and the ones that every command takes. */
export function defineCommand<const A extends CommandArgs>(options: CommandOptions<A>): Command {
  return {
    name: options.name,
    description: options.description,
    details: options.details,
    args: options.args,
    rest: options.rest,
    examples: options.examples,
    prepare: (argv) => {
      const read = readArguments({
        args: { ...options.args, ...globalArgs },
        rest: options.rest,
        argv,
        command: options.name,
      });
      const repeated = repeatedValues(options.args, read.repeated);
      return {
        globals: read.globals,
        run: async (session) => {
          let code = 1;
          const definition: CommandDef<A> = defineCittyCommand({
            meta: { name: options.name, description: options.description },
            args: options.args,
            run: async ({ args }) => {
              code = await options.run({ args, repeated, rest: read.rest, session });
            },
          });
          await runCommand(definition, { rawArgs: [...read.rawArgs] });
          return code;
        },
      };
    },
  };
}

function repeatedValues<A extends CommandArgs>(
  args: A,
  given: ReadonlyMap<string, readonly string[]>,
): RepeatedValues<A> {
  return Object.fromEntries(
    Object.entries(args)
      .filter(([, arg]) => arg.multiple === true)
      .map(([name]) => [name, given.get(name) ?? []]),
  ) as RepeatedValues<A>;
}
