import type { CommandArg } from "./command.ts";

/** Returns how an argument is typed: `daemon-start` for `daemonStart`. */
export function flagName(argument: string): string {
  return argument.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns the other names of an argument: letters and words. */
export function aliasesOf(arg: CommandArg): string[] {
  return "alias" in arg ? [arg.alias ?? []].flat() : [];
}
