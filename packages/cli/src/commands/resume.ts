import { type Command, defineCommand } from "../arguments/command.ts";
import { eachContainer, reportDone } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";

/** `ctr resume`. */
export const command: Command = defineCommand({
  name: "resume",
  description: "Let the processes of paused containers go on",

  args: idsArg,
  examples: [{ line: "ctr resume web db", about: "" }],
  run: async ({ repeated, session }) => {
    const client = await session.client();
    await eachContainer(
      session,
      repeated.ids,
      (id) => client.resumeContainer(id),
      (id) => reportDone(session, id),
    );
    return 0;
  },
});
