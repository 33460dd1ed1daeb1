import type { CommandArgs } from "../arguments/command.ts";

/** The arguments of the commands that execute something in a container, apart from its name. */
export const execArgs = {
  tty: { type: "boolean", alias: "t", description: "Give the process a terminal" },
  cwd: {
    type: "string",
    alias: "w",
    valueHint: "DIR",
    description: "Working directory in the container (default: that of its first process)",
  },
  env: {
    type: "string",
    alias: "e",
    valueHint: "NAME=VALUE",
    multiple: true,
    description: "Variable of the environment; NAME alone has the value that it has here",
  },
} as const satisfies CommandArgs;
