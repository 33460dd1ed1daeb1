import { ContainerError } from "@ctr/spec";
import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";
import { forEachContainer, regexFlag } from "../matching-ids.ts";

export const command: Command = {
  name: "kill",
  usage: "[FLAGS] ID [SIGNAL]",
  summary: "send a signal to a container (default SIGTERM)",
  flags: [{ name: "all", short: "a", help: "to all of its processes" }, regexFlag],
  arguments: { min: 1, max: 2 },
  async run(context, flags, [id = "", signal = "SIGTERM"]) {
    const all = flags.has("all");
    await forEachContainer(context, flags, id, async (each) => {
      try {
        await load(each, context).kill(signal, { all });
      } catch (error) {
        // Whoever asks for all to be signalled is content with there being none, as with runc.
        const isOver =
          error instanceof ContainerError && error.code === "ERR_CONTAINER_NOT_RUNNING";
        if (!(all && isOver)) throw error;
      }
    });
    return 0;
  },
};
