import { type Command, defineCommand } from "../arguments/command.ts";
import { printEvents } from "../containers/print-events.ts";

/** `ctr containers watch`. */
export const command: Command = defineCommand({
  name: "containers watch",
  description: "Print what happens to a container",
  details: '"ctr events" does the same and can do more.',
  args: {
    id: {
      type: "positional",
      required: false,
      description: "Name of the container (default: all)",
    },
  },
  examples: [{ line: "ctr containers watch redis", about: "" }],
  run: async ({ args, session }) => {
    await printEvents(session, args.id === undefined ? {} : { id: [args.id] });
    return 0;
  },
});
