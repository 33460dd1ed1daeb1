import { type Command, defineCommand } from "../arguments/command.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { createArgs } from "../containers/create-args.ts";
import { createRequest } from "../containers/create-request.ts";
import { reportContainer } from "../containers/report-container.ts";
import { runAttached } from "../containers/run-attached.ts";

/** `ctr containers start`. */
export const command: Command = defineCommand({
  name: "containers start",
  description: "Start a container that is deleted when it ends",
  args: {
    ...createArgs,
    bundle: { ...createArgs.bundle, required: true, description: "Directory with config.json" },
    attach: {
      type: "boolean",
      alias: "a",
      description: "Connect this terminal to it until it ends",
    },
    ...attachArgs,
  },
  examples: [
    { line: "ctr containers start redis /containers/redis", about: "" },
    { line: "ctr containers start --attach shell /containers/shell", about: "" },
  ],
  run: async ({ args, repeated, session }) => {
    const attach = args.attach === true;
    const request = createRequest({ args, repeated });
    const create = {
      ...request,
      removeOnExit: true,
      openStdin: attach || request.openStdin === true,
    };
    if (attach) {
      return await runAttached({
        session,
        id: args.id,
        create,
        flags: { ...args, interactive: true },
      });
    }
    const client = await session.client();
    await reportContainer(session, await client.createContainer({ ...create, start: true }));
    return 0;
  },
});
