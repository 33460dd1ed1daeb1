import type { RuntimeOptions } from "../container/runtime-options.ts";
import { type Flag, type Flags, usageError } from "./flags.ts";

/** What every command is given beside its own arguments. */
export interface Context extends RuntimeOptions {
  /** The name that we were called by. */
  readonly program: string;
  readonly debug: boolean;
}

/** A command of `bunc`. */
export interface Command {
  readonly name: string;
  /** Its arguments, for the help. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** How many arguments there are beside flags; any number when there is no `max`. */
  readonly arguments: { readonly min: number; readonly max?: number };
  /** Arguments after the first that is no flag are not ours to read. */
  readonly passesArguments?: true;
  /** Returns the exit status. */
  run(context: Context, flags: Flags, args: readonly string[]): Promise<number> | number;
}

/**
 * Checks how many arguments there are.
 *
 * @throws {ContainerError} ERR_USAGE, in runc's words
 */
export function checkArguments(program: string, command: Command, args: readonly string[]): void {
  const { min, max = Number.POSITIVE_INFINITY } = command.arguments;
  if (args.length >= min && args.length <= max) return;
  const wanted =
    min === max
      ? `exactly ${min}`
      : args.length < min
        ? `a minimum of ${min}`
        : `a maximum of ${max}`;
  throw usageError(
    `Cannot run "${program} ${command.name}": it requires ${wanted} argument(s), not ${args.length}`,
    `Usage: ${program} ${command.name} ${command.usage}`,
  );
}
