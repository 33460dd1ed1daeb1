import type { CommandArg, CommandArgs } from "../arguments/command.ts";
import { aliasesOf, flagName } from "../arguments/flag-name.ts";

/** What the help and the reference say of one argument: what is typed, and what it does. */
export type ArgumentLine = readonly [typed: string, description: string];

/** Returns a line for each flag among `args`, and for each that can be turned off. */
export function flagLines(args: CommandArgs): ArgumentLine[] {
  return Object.entries(args).flatMap(([name, arg]) => {
    if (arg.type === "positional") return [];
    const typed = `--${flagName(name)}`;
    if (arg.type === "boolean" && arg.default === true) {
      return [[`--no-${flagName(name)}`, arg.negativeDescription ?? ""] as const];
    }
    const letters = aliasesOf(arg).filter((alias) => alias.length === 1);
    const words = aliasesOf(arg).filter((alias) => alias.length > 1);
    const names = [
      ...letters.map((letter) => `-${letter}`),
      typed,
      ...words.map((word) => `--${word}`),
    ];
    return [[`${names.join(", ")}${valueText(name, arg)}`, describe(arg)] as const];
  });
}

/** Returns a line for each positional argument among `args`. */
export function positionalLines(args: CommandArgs): ArgumentLine[] {
  return Object.entries(args)
    .filter(([, arg]) => arg.type === "positional")
    .map(([name, arg]) => [positionalName(name, arg), describe(arg)]);
}

/** Returns how a positional argument is written: `ID`, `ID...`. */
export function positionalName(name: string, arg: CommandArg): string {
  const shown = arg.valueHint ?? name.toUpperCase();
  return arg.multiple === true ? `${shown}...` : shown;
}

function valueText(name: string, arg: CommandArg): string {
  if (arg.type === "boolean") return "";
  if (arg.type === "enum") return ` ${(arg.options ?? []).join("|")}`;
  return ` ${arg.valueHint ?? name.toUpperCase()}`;
}

function describe(arg: CommandArg): string {
  const repeated = arg.multiple === true && arg.type !== "positional" ? " (repeatable)" : "";
  const standard =
    arg.type === "boolean" || arg.default === undefined ? "" : ` (default ${arg.default})`;
  return `${arg.description ?? ""}${repeated}${standard}`;
}
