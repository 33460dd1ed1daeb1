import { type Command, defineCommand } from "../arguments/command.ts";
import { eachContainer, reportDone } from "../containers/each-container.ts";
import { idsArg } from "../containers/ids-arg.ts";

/** `ctr pause`. */
export const command: Command = defineCommand({
  name: "pause",
  description: "Freeze every process of containers",
  details: 'A frozen process gets no time and takes no signal until "ctr resume".',
  args: idsArg,
  examples: [{ line: "ctr pause web db", about: "" }],
  run: async ({ repeated, session }) => {
    const client = await session.client();
    await eachContainer(
      session,
      repeated.ids,
      (id) => client.pauseContainer(id),
      (id) => reportDone(session, id),
    );
    return 0;
  },
});
