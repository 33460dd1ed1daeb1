import type { CommandArgs } from "../arguments/command.ts";

/** One or more containers. */
export const idsArg = {
  ids: {
    type: "positional",
    required: true,
    valueHint: "ID",
    multiple: true,
    description: "Name of a container",
  },
} as const satisfies CommandArgs;

/** One container. */
export const idArg = {
  id: { type: "positional", required: true, description: "Name of the container" },
} as const satisfies CommandArgs;
