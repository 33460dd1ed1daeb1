import { type Command, defineCommand } from "../arguments/command.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { createArgs } from "../containers/create-args.ts";
import { createRequest } from "../containers/create-request.ts";
import { reportContainer } from "../containers/report-container.ts";
import { runAttached } from "../containers/run-attached.ts";
import { requireTerminal } from "../terminal/require-terminal.ts";

/** `ctr run`. */
export const command: Command = defineCommand({
  name: "run",
  description: "Run a container in the foreground until it ends",
  details:
    "Its output is printed, signals are handed on to it, and its exit code becomes that of ctr; a signal counts as 128\n" +
    "and its number. It goes on in the background when the detach keys are typed or ctr is killed.",
  args: {
    ...createArgs,
    interactive: { ...createArgs.interactive, description: "Let it read standard input" },
    detach: { type: "boolean", alias: "d", description: "Run it in the background, as start does" },
    ...attachArgs,
  },
  examples: [
    { line: "ctr run --rm -it shell /containers/shell", about: "a shell, gone when it ends" },
    { line: "ctr run --rm job . | tee job.log", about: "the bundle is this directory" },
    { line: "echo hello | ctr run --rm -i filter ./filter", about: "through a container" },
  ],
  run: async ({ args, repeated, session }) => {
    const create = createRequest({ args, repeated });
    if (args.detach === true) {
      const client = await session.client();
      await reportContainer(session, await client.createContainer({ ...create, start: true }));
      return 0;
    }
    if (args.tty === true && args.interactive === true) requireTerminal();
    return await runAttached({ session, id: args.id, create, flags: args });
  },
});
