import type { Command } from "../arguments/command.ts";
import { globalArgs } from "../arguments/global-flags.ts";
import { type ArgumentLine, flagLines, positionalLines, positionalName } from "./argument-lines.ts";

/** Returns how a command is typed: `ctr exec [FLAGS] ID COMMAND...`. */
export function synopsis(command: Command): string {
  const positionals = Object.entries(command.args)
    .filter(([, arg]) => arg.type === "positional")
    .map(([name, arg]) => {
      const shown = positionalName(name, arg);
      return arg.required === false ? `[${shown}]` : shown;
    });
  const flags = flagLines(command.args).length === 0 ? [] : ["[FLAGS]"];
  const rest =
    command.rest === undefined
      ? []
      : [command.rest.required === true ? command.rest.name : `[${command.rest.name}]`];
  return ["ctr", command.name, ...flags, ...positionals, ...rest].join(" ");
}

/** Returns the help of one command. */
export function commandHelp(command: Command): string {
  const positionals = positionalLines(command.args);
  if (command.rest !== undefined) positionals.push([command.rest.name, command.rest.description]);
  const examples = command.examples.map(
    ({ line, about }): ArgumentLine => [line, about === "" ? "" : `# ${about}`],
  );
  return [
    `${command.description}.\n`,
    ...(command.details === undefined ? [] : [`\n${command.details}\n`]),
    `\nUsage: ${synopsis(command)}\n`,
    section("Arguments", positionals),
    section("Flags", flagLines(command.args)),
    section("Flags of every command", flagLines(globalArgs)),
    section("Examples", examples),
  ].join("");
}

/** Returns a title and lines of two columns below it; nothing when there are none. */
export function section(title: string, lines: readonly ArgumentLine[]): string {
  if (lines.length === 0) return "";
  const width = Math.max(...lines.map(([typed]) => typed.length));
  const body = lines.map(([typed, text]) => `  ${typed.padEnd(width)}  ${text}`.trimEnd());
  return `\n${title}:\n${body.join("\n")}\n`;
}
