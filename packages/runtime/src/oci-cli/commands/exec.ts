import { load } from "../../container/container.ts";
import type { Command } from "../command.ts";
import { cgroupOf, processOf } from "../exec-process.ts";
import { ForegroundSignals, waitInForeground } from "../foreground.ts";
import {
  consoleSocketFlag,
  noSubreaperFlag,
  pidFileFlag,
  pidfdSocketFlag,
  preserveFdsFlag,
  processOptions,
  sendPidfd,
} from "../process-flags.ts";

export const command: Command = {
  name: "exec",
  usage: "[FLAGS] ID COMMAND [ARGUMENTS]  or  exec [FLAGS] --process FILE ID",
  summary: "execute a process in a container",
  flags: [
    consoleSocketFlag,
    pidfdSocketFlag,
    pidFileFlag,
    preserveFdsFlag,
    { name: "process", short: "p", value: "FILE", help: "the process as JSON" },
    { name: "cwd", value: "DIR", help: "its working directory" },
    { name: "env", short: "e", value: "NAME=VALUE", list: true, help: "add to its environment" },
    { name: "tty", short: "t", help: "give it a terminal" },
    { name: "user", short: "u", value: "UID[:GID]", help: "its user" },
    { name: "additional-gids", short: "g", value: "GID", list: true, help: "one of its groups" },
    { name: "detach", short: "d", help: "return when it runs" },
    { ...noSubreaperFlag, hidden: true },
    { name: "process-label", value: "LABEL", help: "its SELinux label" },
    { name: "apparmor", value: "PROFILE", help: "its AppArmor profile" },
    { name: "no-new-privs", help: "it cannot gain privileges" },
    { name: "cap", short: "c", value: "CAP", list: true, help: "give it a capability" },
    {
      name: "cgroup",
      value: "[CONTROLLERS:]PATH",
      list: true,
      help: "a cgroup below the container's",
    },
    { name: "ignore-paused", help: "in a paused container, too" },
  ],
  arguments: { min: 1 },
  passesArguments: true,
  async run(context, flags, [id = "", ...args]) {
    const container = load(id, context);
    const detach = flags.has("detach");
    const options = processOptions(flags);
    using signals = detach ? undefined : new ForegroundSignals();
    const executed = await container.exec({
      process: processOf(container.config.process, flags, args),
      ...options,
      ...(detach || options.console !== undefined ? {} : { console: "foreground" as const }),
      ...cgroupOf(flags),
      detach,
      ignorePaused: flags.has("ignore-paused"),
    });
    await signals?.sendTo(executed);
    try {
      sendPidfd(flags, executed.pid);
    } catch (error) {
      executed.kill("SIGKILL");
      throw error;
    }
    if (detach) return 0;
    const { exited } = executed;
    return await waitInForeground({ exited, master: executed.takeConsole() });
  },
};
