/** What `--help` prints. */

import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

/** Help for all commands. */
export function mainHelp(commands: readonly Command[], flags: readonly Flag[]): string {
  return [
    "bunc: runs OCI containers; a runtime with runc's command line",
    "",
    "Usage: bunc [FLAGS] COMMAND [FLAGS] ARGUMENTS",
    "",
    "Commands:",
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Flags:",
    ...columns(flagRows(flags)),
    "",
    '"bunc COMMAND --help" says more. A bundle is a directory with a config.json and a root filesystem;',
    '"bunc spec" writes a config.json to start from.',
    "",
  ].join("\n");
}

/** Help for one command. */
export function commandHelp(command: Command): string {
  return [
    `bunc ${command.name}: ${command.summary}`,
    "",
    `Usage: bunc ${command.name} ${command.usage}`,
    ...(command.flags.length === 0 ? [] : ["", "Flags:", ...columns(flagRows(command.flags))]),
    "",
  ].join("\n");
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
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
