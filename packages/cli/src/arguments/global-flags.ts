import type { CommandArgs } from "./command.ts";

/** The flags that every command takes, before or after its name. */
export const globalArgs = {
  debug: { type: "boolean", description: "Say what is done, and print the causes of an error" },
  json: { type: "boolean", description: "Print JSON for programs, errors too" },
  address: {
    type: "string",
    valueHint: "PATH",
    description: "Socket of the daemon, a path or a unix:// URL; also CTR_ADDRESS",
  },
  daemonStart: {
    type: "boolean",
    default: true,
    description: "Start ctrd when no daemon answers",
    negativeDescription: "Fail when no daemon answers; also CTR_NO_DAEMON_START=1",
  },
  help: { type: "boolean", alias: "h", description: "Explain the command" },
} as const satisfies CommandArgs;

/** The values of {@linkcode globalArgs}. */
export interface GlobalFlags {
  readonly debug: boolean;
  readonly json: boolean;
  readonly address: string | undefined;
  readonly daemonStart: boolean;
  readonly help: boolean;
}

/** Whether an argument is one that every command takes. */
export function isGlobal(name: string): boolean {
  return Object.hasOwn(globalArgs, name);
}
