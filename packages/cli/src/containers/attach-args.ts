import type { CommandArgs } from "../arguments/command.ts";
import { defaultDetachKeys } from "../terminal/detach-keys.ts";

/** The arguments of every command that connects this terminal with a process. */
export const attachArgs = {
  detachKeys: {
    type: "string",
    valueHint: "KEYS",
    default: defaultDetachKeys,
    description: "Keys that detach from a terminal; empty for none",
  },
  sigProxy: {
    type: "boolean",
    default: true,
    description: "Hand signals on to the process",
    negativeDescription: "Let signals end ctr instead of handing them on to the process",
  },
} as const satisfies CommandArgs;
