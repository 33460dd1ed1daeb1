import { type Command, defineCommand } from "../arguments/command.ts";
import { parseSignal } from "../arguments/signal.ts";
import { usageError } from "../arguments/usage-error.ts";
import { reportDone } from "../containers/each-container.ts";
import { idArg } from "../containers/ids-arg.ts";

/** `ctr kill`. */
export const command: Command = defineCommand({
  name: "kill",
  description: "Send a signal to a container",
  details:
    'The signal is only sent: "ctr wait" waits until the container has ended, "ctr stop" does both.',
  args: {
    ...idArg,
    sig: {
      type: "positional",
      required: false,
      valueHint: "SIGNAL",
      description: "Name, with or without SIG, or number (default SIGTERM)",
    },
    signal: { type: "string", alias: "s", description: "The same, as a flag" },
    process: {
      type: "string",
      alias: "p",
      valueHint: "NAME",
      description: "A process that was executed, instead of the first one",
    },
    all: { type: "boolean", alias: "a", description: "Send it to every process of the container" },
  },
  examples: [
    { line: "ctr kill redis", about: "ask it to end" },
    { line: "ctr kill redis KILL", about: "" },
    { line: "ctr kill -s HUP web", about: "" },
    { line: "ctr kill --process backup db INT", about: "a process that was executed" },
  ],
  run: async ({ args, session }) => {
    if (args.sig !== undefined && args.signal !== undefined) {
      throw usageError(
        "Cannot send two signals: SIGNAL and --signal are the same",
        "ERR_INVALID_FLAG",
      );
    }
    if (args.process !== undefined && args.all === true) {
      throw usageError("Cannot use --all with --process: it is either or", "ERR_INVALID_FLAG");
    }
    const signal = parseSignal(args.sig ?? args.signal ?? "SIGTERM");
    const client = await session.client();
    if (args.process !== undefined) await client.killProcess(args.id, args.process, { signal });
    else await client.killContainer(args.id, { signal, all: args.all === true });
    await reportDone(session, args.id);
    return 0;
  },
});
