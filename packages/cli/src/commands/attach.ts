import { type Command, defineCommand } from "../arguments/command.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { idArg } from "../containers/ids-arg.ts";
import { parseDetachKeys } from "../terminal/detach-keys.ts";
import { relay } from "../terminal/relay.ts";

/** `ctr attach`. */
export const command: Command = defineCommand({
  name: "attach",
  description: "Connect this terminal to a running process",
  details:
    "Output from now on is printed; standard input is passed on when the process was given one to read. The exit code\n" +
    "of the process becomes that of ctr.",
  args: {
    ...idArg,
    process: {
      type: "string",
      alias: "p",
      default: "init",
      valueHint: "NAME",
      description: "The process: the first one, or one that was executed",
    },
    stdin: {
      type: "boolean",
      default: true,
      description: "Pass on standard input",
      negativeDescription: "Only watch: pass nothing on",
    },
    ...attachArgs,
  },
  examples: [
    { line: "ctr attach shell", about: "type ctrl-p ctrl-q to leave it running" },
    { line: "ctr attach --no-stdin --no-sig-proxy web", about: "only watch" },
    { line: "ctr attach --process backup db", about: "a process that was executed" },
  ],
  run: async ({ args, session }) => {
    const { id, process: processId } = args;
    const detachKeys = parseDetachKeys(args.detachKeys);
    const client = await session.client();
    using attached = await client.attach(id, processId, { stdin: args.stdin, whenSlow: "wait" });
    const exit = await relay({
      session,
      attached,
      stdin: args.stdin,
      detachKeys,
      forwardsSignals: args.sigProxy,
      kill: (signal) => client.killProcess(id, processId, { signal }),
    });
    if (exit !== undefined) return exit.status;
    await session.note(`detached from ${id}, which goes on`);
    return 0;
  },
});
