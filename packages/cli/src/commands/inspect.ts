import { type Command, defineCommand } from "../arguments/command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";
import { writeJson, writeJsonLine } from "../output/output.ts";

/** `ctr inspect`. */
export const command: Command = defineCommand({
  name: "inspect",
  description: "Print everything that is known of containers",
  details: "JSON, a document for each; with --json each on one line.",
  args: idsArg,
  examples: [
    { line: "ctr inspect redis", about: "" },
    {
      line: "ctr inspect redis | jq .processes[0].pid",
      about: "the host pid of its first process",
    },
  ],
  run: async ({ repeated, session }) => {
    const client = await session.client();
    await eachContainer(
      session,
      repeated.ids,
      (id) => client.inspectContainer(id),
      (_, container) =>
        session.json
          ? writeJsonLine(session.output, container)
          : writeJson(session.output, container),
    );
    return 0;
  },
});
