import { load } from "../../container/container.ts";
import { removeRemains } from "../../container/remains.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  name: "delete",
  usage: "[FLAGS] ID",
  summary: "remove everything of a container that has stopped",
  flags: [{ name: "force", short: "f", help: "kill it first; no error when there is none" }],
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const force = flags.has("force");
    if (force && removeRemains(id, context)) return 0;
    await load(id, context).delete({ force });
    return 0;
  },
};
