import { globalArgs } from "../arguments/global-flags.ts";
import { type CommandGroup, commandGroups } from "../commands.ts";
import { flagLines } from "./argument-lines.ts";
import { section } from "./command-help.ts";

/** Returns the help of `ctr` itself: every command by group. */
export function overview(): string {
  return [
    "Run containers and look after them.\n",
    "\nUsage: ctr [FLAGS] COMMAND ...\n",
    ...commandGroups.map(commandsOf),
    section("Flags of every command", [
      ...flagLines(globalArgs),
      ["-v, --version", "Print the version of ctr"],
    ]),
    "\nEnvironment:\n",
    "  CTR_ADDRESS          Socket of the daemon\n",
    "  CTR_NO_DAEMON_START  Any value but 0: do not start a daemon\n",
    '\nRun "ctr COMMAND --help" for the flags and examples of a command.\n',
  ].join("");
}

/** Returns the help of commands that share their first word. */
export function groupHelp(group: CommandGroup): string {
  return [
    `${group.title}.\n`,
    `\nUsage: ctr ${group.prefix} COMMAND ...\n`,
    commandsOf({ ...group, title: "Commands" }),
    `\nRun "ctr ${group.prefix} COMMAND --help" for the flags and examples of a command.\n`,
  ].join("");
}

function commandsOf({ title, prefix, commands }: CommandGroup): string {
  return section(
    title,
    Object.entries(commands).map(([name, { description, alias }]) => [
      [prefix === undefined ? name : `${prefix} ${name}`, ...(alias ? [alias] : [])].join(", "),
      description,
    ]),
  );
}
