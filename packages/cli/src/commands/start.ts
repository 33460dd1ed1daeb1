import { type Command, defineCommand } from "../arguments/command.ts";
import { usageError } from "../arguments/usage-error.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { createArgs } from "../containers/create-args.ts";
import { createRequest } from "../containers/create-request.ts";
import { reportContainer } from "../containers/report-container.ts";
import { runAttached } from "../containers/run-attached.ts";

/** `ctr start`. */
export const command: Command = defineCommand({
  name: "start",
  description: "Start a container in the background",
  details: "With BUNDLE it is created first. Without, it is one that was created and waits.",
  args: {
    ...createArgs,
    bundle: {
      ...createArgs.bundle,
      description: "Directory with config.json and the root filesystem of a new container",
    },
    attach: { type: "boolean", alias: "a", description: "Stay connected until it ends" },
    ...attachArgs,
  },
  examples: [
    { line: "ctr start redis /containers/redis", about: "create it and start it" },
    { line: "ctr start --rm --label app=web web .", about: "the bundle is this directory" },
    { line: "ctr start --runtime crun job /containers/job", about: "with another OCI runtime" },
    { line: "ctr start web", about: 'start what "ctr create" has made' },
  ],
  run: async ({ args, repeated, session }) => {
    const request = args.bundle === undefined ? undefined : createRequest({ args, repeated });
    if (args.attach === true) {
      return await runAttached({ session, id: args.id, create: request, flags: args });
    }
    if (request === undefined && repeated.label.length > 0) {
      throw usageError(
        "Cannot change the labels of a container that exists",
        "ERR_INVALID_FLAG",
        "Name the BUNDLE to create a new one",
      );
    }
    const client = await session.client();
    const container =
      request === undefined
        ? await client.startContainer(args.id)
        : await client.createContainer({ ...request, start: true });
    await reportContainer(session, container);
    return 0;
  },
});
