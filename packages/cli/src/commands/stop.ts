import { type Command, defineCommand } from "../arguments/command.ts";
import { parseDuration } from "../arguments/duration.ts";
import { parseSignal } from "../arguments/signal.ts";
import { eachContainer } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";
import { writeJsonLine } from "../output/output.ts";

/** `ctr stop`. */
export const command: Command = defineCommand({
  name: "stop",
  description: "Ask containers to end, and kill those that do not in time",
  args: {
    ...idsArg,
    timeout: {
      type: "string",
      alias: "t",
      default: "10s",
      valueHint: "TIME",
      description: "How long they may take",
    },
    signal: {
      type: "string",
      alias: "s",
      default: "SIGTERM",
      description: "The signal that asks them",
    },
  },
  examples: [
    { line: "ctr stop web db", about: "" },
    { line: "ctr stop -t 1m -s INT db", about: "a minute, and another signal" },
  ],
  run: async ({ args, repeated, session }) => {
    const request = {
      signal: parseSignal(args.signal),
      timeoutMs: Math.round(parseDuration(args.timeout, "--timeout")),
    };
    const client = await session.client();
    await eachContainer(
      session,
      repeated.ids,
      (id) => client.stopContainer(id, request),
      async (id, exit) => {
        if (session.json) await writeJsonLine(session.output, { id, ...exit });
      },
    );
    return 0;
  },
});
