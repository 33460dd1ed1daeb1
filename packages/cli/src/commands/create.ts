import { type Command, defineCommand } from "../arguments/command.ts";
import { createArgs } from "../containers/create-args.ts";
import { createRequest } from "../containers/create-request.ts";
import { reportContainer } from "../containers/report-container.ts";

/** `ctr create`. */
export const command: Command = defineCommand({
  name: "create",
  description: "Create a container without starting it",
  details: 'Everything is set up and its first process waits; "ctr start ID" lets it go.',
  args: createArgs,
  examples: [
    { line: "ctr create web /containers/web", about: "" },
    { line: "ctr start web", about: "let its first process go" },
  ],
  run: async ({ args, repeated, session }) => {
    const request = createRequest({ args, repeated });
    await reportContainer(session, await (await session.client()).createContainer(request));
    return 0;
  },
});
