/**
 * The command line `ctr`.
 *
 * @module
 */

import { readGlobalFlags } from "./arguments/read-global-flags.ts";
import { commandGroups } from "./commands.ts";
import { findCommand, findGroup } from "./find-command.ts";
import { exitCodeOf, formatError } from "./output/error.ts";
import { brokenPipeExitCode, type Output, OutputClosed, processOutput } from "./output/output.ts";
import { createSession } from "./session/session.ts";

/**
 * Runs `ctr` with the arguments after its name; resolves to its exit code.
 *
 * 0 when what was asked for was done; the exit code of the container's process for commands that are attached to one;
 * else what `errorKinds` of `@ctr/spec` gives the kind of the error.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const output = processOutput();
  const asked = { json: false, debug: false };
  try {
    return await runCommandLine(argv, output, asked);
  } catch (error) {
    if (error instanceof OutputClosed) return brokenPipeExitCode;
    await output.writeError(formatError(error, asked)).catch(() => undefined);
    return exitCodeOf(error);
  }
}

async function runCommandLine(
  argv: readonly string[],
  output: Output,
  asked: { json: boolean; debug: boolean },
): Promise<number> {
  const { flags, words, version } = readGlobalFlags(argv);
  asked.json = flags.includes("--json");
  asked.debug = flags.includes("--debug");
  if (version) {
    await output.write(`${(await import("./version.ts")).version}\n`);
    return 0;
  }
  if (words.length === 0 || words[0] === "help") return await help(words.slice(1), output, flags);
  const asks = flags.includes("--help") || words.length > 1;
  if (asks && (await helpOfGroup(words, output))) return 0;
  const found = findCommand(words);
  // Errors in what follows the command's name are to be printed as asked, wherever the flag stands.
  asked.json ||= found.rest.includes("--json");
  const command = await found.entry.load();
  const prepared = command.prepare([...flags, ...found.rest]);
  asked.json = prepared.globals.json;
  asked.debug = prepared.globals.debug;
  if (prepared.globals.help) {
    await output.write((await import("./help/command-help.ts")).commandHelp(command));
    return 0;
  }
  const session = createSession(prepared.globals, output, commandGroups);
  return await prepared.run(session);
}

async function help(
  words: readonly string[],
  output: Output,
  flags: readonly string[],
): Promise<number> {
  if (words.length === 0) {
    const { overview } = await import("./help/overview.ts");
    const wanted = flags.includes("--help");
    if (!wanted) await output.writeError(overview());
    else await output.write(overview());
    return wanted ? 0 : 2;
  }
  if (await helpOfGroup(words, output)) return 0;
  const command = await findCommand(words).entry.load();
  await output.write((await import("./help/command-help.ts")).commandHelp(command));
  return 0;
}

/** Explains commands that share their first word, when that is asked for; tells whether it was. */
async function helpOfGroup(words: readonly string[], output: Output): Promise<boolean> {
  const group = findGroup(words);
  if (group === undefined) return false;
  await output.write((await import("./help/overview.ts")).groupHelp(group));
  return true;
}
