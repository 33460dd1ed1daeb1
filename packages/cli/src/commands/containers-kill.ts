import { type Command, defineCommand } from "../arguments/command.ts";
import { parseSignal } from "../arguments/signal.ts";
import { reportDone } from "../containers/each-container.ts";
import { idArg } from "../containers/ids-arg.ts";

/** `ctr containers kill`. */
export const command: Command = defineCommand({
  name: "containers kill",
  description: "Send a signal to a process of a container",
  args: {
    ...idArg,
    pid: {
      type: "string",
      alias: "p",
      default: "init",
      valueHint: "NAME",
      description: "The process",
    },
    signal: { type: "string", alias: "s", default: "15", description: "Number or name" },
  },
  examples: [
    { line: "ctr containers kill redis", about: "" },
    { line: "ctr containers kill --signal 9 --pid shell redis", about: "" },
  ],
  run: async ({ args, session }) => {
    const signal = parseSignal(args.signal);
    await (await session.client()).killProcess(args.id, args.pid, { signal });
    await reportDone(session, args.id);
    return 0;
  },
});
