import { suggest } from "@ctr/spec";
import { usageError } from "./arguments/usage-error.ts";
import { type CommandEntry, type CommandGroup, commandGroups } from "./commands.ts";

/** A command that was named, and the words behind its name. */
export interface FoundCommand {
  readonly entry: CommandEntry;
  readonly rest: readonly string[];
}

/**
 * Finds the command that the first words name.
 *
 * @throws {ContainerError} ERR_UNKNOWN_COMMAND.
 */
export function findCommand(words: readonly string[]): FoundCommand {
  const [first = "", second] = words;
  const group = commandGroups.find(({ prefix }) => prefix === first);
  if (group === undefined) {
    const topLevel = commandGroups.filter(({ prefix }) => prefix === undefined);
    const entry = topLevel.map((candidate) => entryOf(candidate, first)).find(Boolean);
    if (entry === undefined) throw unknownCommand(first, topLevel);
    return { entry, rest: words.slice(1) };
  }
  // "ctr containers" alone lists them, as it did in 2016.
  if (second === undefined || second.startsWith("-")) {
    const entry = entryOf(group, "list");
    if (entry !== undefined) return { entry, rest: words.slice(1) };
  }
  const entry = entryOf(group, second ?? "");
  if (entry === undefined) throw unknownCommand(`${first} ${second ?? ""}`.trim(), [group]);
  return { entry, rest: words.slice(2) };
}

/** Returns the commands that share a first word, when that is all that is asked about. */
export function findGroup([first, second, ...rest]: readonly string[]): CommandGroup | undefined {
  if (rest.length > 0 || !(second === undefined || second === "--help" || second === "-h")) {
    return undefined;
  }
  return commandGroups.find(({ prefix }) => prefix !== undefined && prefix === first);
}

/** Returns every name that can be typed after `ctr`, of groups without or with their first word. */
export function commandNames(groups: readonly CommandGroup[]): string[] {
  return groups.flatMap(({ prefix, commands }) =>
    Object.entries(commands).flatMap(([name, { alias }]) =>
      [name, ...(alias === undefined ? [] : [alias])].map((typed) =>
        prefix === undefined ? typed : `${prefix} ${typed}`,
      ),
    ),
  );
}

function entryOf(group: CommandGroup, name: string): CommandEntry | undefined {
  return Object.entries(group.commands).find(
    ([candidate, { alias }]) => candidate === name || alias === name,
  )?.[1];
}

function unknownCommand(typed: string, groups: readonly CommandGroup[]): Error {
  const meant = suggest(typed, commandNames(groups));
  return usageError(
    `Cannot find the command "${typed}"`,
    "ERR_UNKNOWN_COMMAND",
    meant === undefined ? 'Run "ctr --help"' : `Did you mean "ctr ${meant}"?`,
  );
}
