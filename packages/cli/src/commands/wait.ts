import { type Command, defineCommand } from "../arguments/command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";
import { writeJsonLine } from "../output/output.ts";

/** `ctr wait`. */
export const command: Command = defineCommand({
  name: "wait",
  description: "Wait until containers end, and print their exit codes",
  details:
    "A line for each, in the order in which they were named. A signal counts as 128 and its number.",
  args: {
    ...idsArg,
    process: {
      type: "string",
      alias: "p",
      valueHint: "NAME",
      description: "A process that was executed, instead of the first one",
    },
  },
  examples: [
    { line: "ctr wait job", about: "" },
    { line: 'test "$(ctr wait job)" = 0', about: "did it do its work?" },
  ],
  run: async ({ args, repeated, session }) => {
    const client = await session.client();
    const { process: processId } = args;
    await eachContainer(
      session,
      repeated.ids,
      (id) =>
        processId === undefined ? client.waitContainer(id) : client.waitProcess(id, processId),
      (id, exit) =>
        session.json
          ? writeJsonLine(session.output, { id, ...exit })
          : session.output.write(`${exit.status}\n`),
    );
    return 0;
  },
});
