import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  name: "start",
  usage: "ID",
  summary: "start the program of a created container",
  flags: [],
  arguments: { min: 1, max: 1 },
  async run(context, _flags, [id = ""]) {
    await load(id, context).start();
    return 0;
  },
};
