import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  name: "kill",
  usage: "[FLAGS] ID [SIGNAL]",
  summary: "send a signal to a container (default SIGTERM)",
  flags: [{ name: "all", short: "a", help: "to all of its processes" }],
  arguments: { min: 1, max: 2 },
  async run(context, flags, [id = "", signal = "SIGTERM"]) {
    await load(id, context).kill(signal, { all: flags.has("all") });
    return 0;
  },
};
