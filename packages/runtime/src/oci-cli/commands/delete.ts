import { load } from "../../container/container.ts";
import { removeRemains } from "../../container/state/remains.ts";
import type { Command } from "../command.ts";
import { forEachContainer, regexFlag } from "../matching-ids.ts";

export const command: Command = {
  name: "delete",
  usage: "[FLAGS] ID",
  summary: "remove everything of a container that has stopped",
  flags: [
    { name: "force", short: "f", help: "kill it first; no error when there is none" },
    regexFlag,
  ],
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const force = flags.has("force");
    await forEachContainer(context, flags, id, async (each) => {
      if (force && removeRemains(each, context)) return;
      await load(each, context).delete({ force });
    });
    return 0;
  },
};
