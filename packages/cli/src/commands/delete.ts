import { type Command, defineCommand } from "../arguments/command.ts";
import { eachContainer, reportDone } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";

/** `ctr delete`. */
export const command: Command = defineCommand({
  name: "delete",
  description: "Delete stopped containers with their logs",
  args: {
    ...idsArg,
    force: { type: "boolean", alias: "f", description: "Kill those that run" },
  },
  examples: [
    { line: "ctr delete web", about: "" },
    { line: "ctr rm -f web db", about: "whether or not they run" },
  ],
  run: async ({ args, repeated, session }) => {
    const client = await session.client();
    await eachContainer(
      session,
      repeated.ids,
      (id) => client.deleteContainer(id, { force: args.force === true }),
      (id) => reportDone(session, id),
    );
    return 0;
  },
});
