import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  name: "resume",
  usage: "ID",
  summary: "let the processes of a paused container run again",
  flags: [],
  arguments: { min: 1, max: 1 },
  async run(context, _flags, [id = ""]) {
    await load(id, context).resume();
    return 0;
  },
};
