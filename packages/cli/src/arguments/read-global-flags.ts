import { suggest } from "@ctr/spec";
import { flagName } from "./flag-name.ts";
import { globalArgs } from "./global-flags.ts";
import { usageError } from "./usage-error.ts";

/** What stands before the command's name, and the rest. */
export interface GlobalFlagsRead {
  /** Flags that every command takes, each a word, to be read with the command's own. */
  readonly flags: readonly string[];
  /** The command's name and everything behind it. */
  readonly words: readonly string[];
  /** Whether the version of `ctr` was asked for. */
  readonly version: boolean;
}

/**
 * Splits a command line before the command's name.
 *
 * @throws {ContainerError} ERR_UNKNOWN_FLAG or ERR_INVALID_FLAG.
 */
export function readGlobalFlags(argv: readonly string[]): GlobalFlagsRead {
  const flags: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--version" || word === "-v") return { flags, words: [], version: true };
    if (word === "-h") {
      flags.push("--help");
    } else if (word === "--address") {
      const value = argv[++at];
      if (value === undefined) {
        throw usageError("Cannot use --address without a value", "ERR_INVALID_FLAG");
      }
      flags.push(`--address=${value}`);
    } else if (word.startsWith("-")) {
      flags.push(checked(word));
    } else {
      return { flags, words: argv.slice(at), version: false };
    }
  }
  return { flags, words: [], version: false };
}

function checked(word: string): string {
  const typed = word.split("=")[0] ?? "";
  const names = Object.keys(globalArgs).map((name) => `--${flagName(name)}`);
  if (names.includes(typed) || typed === "--no-daemon-start") return word;
  const meant = suggest(typed, names);
  throw usageError(
    `Cannot use the flag ${typed} before a command`,
    "ERR_UNKNOWN_FLAG",
    meant === undefined ? 'Run "ctr --help"' : `Did you mean ${meant}?`,
  );
}
