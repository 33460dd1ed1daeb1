import { globalArgs } from "../arguments/global-flags.ts";
import { commandGroups } from "../commands.ts";
import { flagLines } from "./argument-lines.ts";
import { section } from "./command-help.ts";

/** Returns the help of `ctr` itself: every command by group. */
export function overview(): string {
  const groups = commandGroups.map(({ title, prefix, commands }) =>
    section(
      title,
      Object.entries(commands).map(([name, { description, alias }]) => [
        [prefix === undefined ? name : `${prefix} ${name}`, ...(alias ? [alias] : [])].join(", "),
        description,
      ]),
    ),
  );
  return [
    "Run containers and look after them.\n",
    "\nUsage: ctr [FLAGS] COMMAND ...\n",
    ...groups,
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
