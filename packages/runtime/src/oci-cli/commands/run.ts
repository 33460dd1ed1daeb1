import { pidfdReceiverOf } from "../../container/bundle/annotations.ts";
import { create } from "../../container/create.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import { value } from "../../machine/constants.ts";
import type { Command } from "../command.ts";
import { usageError } from "../flags.ts";
import { ForegroundSignals, waitInForeground } from "../foreground.ts";
import { callersNotifySocket, NotifySocket } from "../notify-socket.ts";
import { createFlags, createOptions, sendPidfd } from "../process-flags.ts";

export const command: Command = {
  name: "run",
  usage: "[FLAGS] ID",
  summary: "create and start a container, and wait for it",
  flags: [
    ...createFlags,
    { name: "detach", short: "d", help: "return when the program runs" },
    { name: "keep", help: "do not delete the container when it has ended" },
  ],
  arguments: { min: 1, max: 1 },
  async run(context, flags, [id = ""]) {
    const detach = flags.has("detach");
    const options = createOptions(flags);
    if (!detach && options.console !== undefined) {
      throw usageError(
        "Cannot use console socket: bunc will not detach, so it holds the terminal itself",
        "Add --detach, or leave --console-socket out",
      );
    }
    if (!(detach || flags.has("no-subreaper"))) {
      linuxKernel().call("prctl", value("PR_SET_CHILD_SUBREAPER"), 1, 0, 0, 0);
    }
    using signals = detach ? undefined : new ForegroundSignals();
    const container = await create(id, {
      ...context,
      ...options,
      ...(detach ? { detach } : { console: "foreground" as const }),
    });
    let status: Promise<number> | undefined;
    try {
      sendPidfd(flags, container.pid, pidfdReceiverOf(container.config));
      const host = callersNotifySocket();
      using notify =
        host === undefined
          ? undefined
          : NotifySocket.listen(linuxKernel(), container.stateDirectory, host);
      status = detach ? undefined : wait(container);
      // What should end us while the container was made ends it while it waits: its program may not listen yet.
      await signals?.sendTo(container);
      await container.start();
      const isOver = (): boolean => container.status() === "stopped";
      // In the foreground we are what the unit's main process is.
      const notified = notify?.forward(detach ? container.pid : process.pid, isOver);
      if (status === undefined) {
        await notified;
        return 0;
      }
      notified?.catch(() => undefined);
      const code = await status;
      if (!flags.has("keep")) await container.delete({ force: true });
      return code;
    } catch (error) {
      await container.delete({ force: true }).catch(() => undefined);
      // What its hooks have printed to the terminal may say why.
      await status?.catch(() => undefined);
      throw error;
    }
  },
};

/** Reads before the program runs, so that no output is lost. */
function wait(container: Awaited<ReturnType<typeof create>>): Promise<number> {
  const status = waitInForeground({
    exited: container.exited,
    master: container.takeConsole(),
  });
  // Should start fail, its error is the one to tell.
  status.catch(() => undefined);
  return status;
}
