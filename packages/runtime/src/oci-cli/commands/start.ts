import { load } from "../../container/container.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import type { Command } from "../command.ts";
import { callersNotifySocket, NotifySocket } from "../notify-socket.ts";

export const command: Command = {
  name: "start",
  usage: "ID",
  summary: "start the program of a created container",
  flags: [],
  arguments: { min: 1, max: 1 },
  async run(context, _flags, [id = ""]) {
    const container = load(id, context);
    const host = callersNotifySocket();
    using notify =
      host === undefined
        ? undefined
        : NotifySocket.listen(linuxKernel(), container.stateDirectory, host);
    await container.start();
    await notify?.forward(container.pid, () => container.status() === "stopped");
    return 0;
  },
};
