import type { ExecRequest } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { parseEnvironment } from "../arguments/environment.ts";
import { parseUser } from "../arguments/user.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { execArgs } from "../containers/exec-args.ts";
import { execAttached } from "../containers/exec-attached.ts";
import { writeJsonLine } from "../output/output.ts";

/** `ctr containers exec`. */
export const command: Command = defineCommand({
  name: "containers exec",
  description: "Execute a command in a running container",
  details: '"ctr exec" does the same with the container as its first argument.',
  args: {
    id: {
      type: "string",
      required: true,
      valueHint: "ID",
      description: "Name of the container",
    },
    pid: {
      type: "string",
      valueHint: "NAME",
      description: "Name of the process (default: made up)",
    },
    attach: {
      type: "boolean",
      alias: "a",
      description: "Connect this terminal to it until it ends",
    },
    ...execArgs,
    uid: { type: "string", alias: "u", description: "User id" },
    gid: { type: "string", alias: "g", description: "Group id" },
    ...attachArgs,
  },
  rest: { name: "COMMAND...", required: true, description: "Program and its arguments" },
  examples: [
    { line: "ctr containers exec --id redis --attach redis-cli ping", about: "" },
    { line: "ctr containers exec --id redis --pid shell --attach --tty sh", about: "" },
  ],
  run: async ({ args, repeated, rest, session }) => {
    const user = userOf(args.uid, args.gid);
    const request: ExecRequest = {
      args: rest,
      terminal: args.tty === true,
      env: parseEnvironment(repeated.env, process.env),
      ...(user === undefined ? {} : { user: parseUser(user) }),
      ...(args.cwd === undefined ? {} : { cwd: args.cwd }),
      ...(args.pid === undefined ? {} : { processId: args.pid }),
    };
    if (args.attach === true) {
      const flags = { ...args, interactive: true };
      return await execAttached({ session, id: args.id, request, flags });
    }
    const executed = await (await session.client()).exec(args.id, request);
    if (session.json) await writeJsonLine(session.output, executed);
    return 0;
  },
});

function userOf(uid: string | undefined, gid: string | undefined): string | undefined {
  return uid === undefined && gid === undefined ? undefined : `${uid ?? "0"}:${gid ?? "0"}`;
}
