import { resolve } from "node:path";
import { type Command, defineCommand } from "../arguments/command.ts";
import { programCommand, programEnvironment } from "../session/program-command.ts";

/** `ctr explain`. */
export const command: Command = defineCommand({
  name: "explain",
  description: "Print what the init of a bundle's container will do",
  details:
    "Every system call in its order, with the field of config.json that asked for it. Nothing is run and no daemon is\n" +
    "needed: it is what bunc explain prints.",
  args: {
    bundle: {
      type: "positional",
      required: false,
      description: "Directory with config.json (default: this directory)",
    },
  },
  examples: [
    { line: "ctr explain /containers/redis", about: "" },
    { line: "ctr explain . | grep mounts", about: "what its mounts become" },
  ],
  run: async ({ args, session }) => {
    const child = Bun.spawn(
      [
        ...programCommand("bunc"),
        "explain",
        ...(session.json ? ["--format", "json"] : []),
        resolve(args.bundle ?? "."),
      ],
      {
        // Run from sources, Bun would read the settings of the bundle.
        cwd: "/",
        env: programEnvironment(),
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    return await child.exited;
  },
});
