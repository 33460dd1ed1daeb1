import { pidfdReceiverOf } from "../../container/bundle/annotations.ts";
import { create } from "../../container/create.ts";
import type { Command } from "../command.ts";
import { createFlags, createOptions, sendPidfd } from "../process-flags.ts";

export const command: Command = {
  name: "create",
  usage: "[FLAGS] ID",
  summary: "create a container; its program waits for start",
  flags: createFlags,
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const container = await create(id, { ...context, ...createOptions(flags), detach: true });
    try {
      sendPidfd(flags, container.pid, pidfdReceiverOf(container.config));
    } catch (error) {
      await container.delete({ force: true }).catch(() => undefined);
      throw error;
    }
    return 0;
  },
};
