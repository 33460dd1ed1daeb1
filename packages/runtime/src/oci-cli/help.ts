/** What `--help` prints: in the order and under the heads that runc's users know. */

import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

/** Help for all commands, for a program of that name. */
export function mainHelp(
  program: string,
  commands: readonly Command[],
  flags: readonly Flag[],
): string {
  return [
    ...(program === "crun" ? ["Usage: crun [OPTION...] COMMAND [OPTION...]", ""] : []),
    ...section("NAME", [`${program} - Open Container Initiative runtime`]),
    ...section("USAGE", [`${program} [FLAGS] COMMAND [FLAGS] ARGUMENTS`]),
    ...section("DESCRIPTION", [
      `A bundle is a directory with a config.json and a root filesystem; "${program} spec" writes a config.json to`,
      `start from. "${program} COMMAND --help" says more of a command.`,
    ]),
    ...section("COMMANDS", columns(commands.map(({ name, summary }) => [name, summary]))),
    ...section("GLOBAL FLAGS", columns(flagRows(flags))),
  ].join("\n");
}

/** Help for one command of a program of that name. */
export function commandHelp(program: string, command: Command): string {
  return [
    ...(program === "crun" ? [crunUsage(command), ""] : []),
    ...section("NAME", [`${program} ${command.name} - ${command.summary}`]),
    ...section("USAGE", [`${program} ${command.name} ${command.usage}`]),
    ...(command.flags.length === 0 ? [] : section("FLAGS", columns(flagRows(command.flags)))),
  ].join("\n");
}

/** The line that crun's users know. */
function crunUsage({ name, usage }: Command): string {
  const [first = ""] = usage.split("  or  ");
  const words = first.replace("[FLAGS]", "").replace("ID", "CONTAINER").replace("COMMAND", "cmd");
  return `Usage: crun [OPTION...] ${name} ${words.trim()}`.trim();
}

function section(head: string, lines: readonly string[]): string[] {
  return [`${head}:`, ...lines.map((line) => `   ${line}`), ""];
}

function flagRows(flags: readonly Flag[]): [string, string][] {
  return flags
    .filter(({ hidden }) => hidden !== true)
    .map(({ name, short, value, help }) => [
      `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
      help,
    ]);
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
