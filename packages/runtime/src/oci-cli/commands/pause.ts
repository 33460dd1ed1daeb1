import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  name: "pause",
  usage: "ID",
  summary: "freeze all processes of a container",
  flags: [],
  arguments: { min: 1, max: 1 },
  async run(context, _flags, [id = ""]) {
    await load(id, context).pause();
    return 0;
  },
};
