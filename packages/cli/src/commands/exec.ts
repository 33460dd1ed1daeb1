import type { ExecRequest } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { parseEnvironment } from "../arguments/environment.ts";
import { usageError } from "../arguments/usage-error.ts";
import { parseUser } from "../arguments/user.ts";
import { attachArgs } from "../containers/attach-args.ts";
import { execArgs } from "../containers/exec-args.ts";
import { execAttached } from "../containers/exec-attached.ts";
import { idArg } from "../containers/ids-arg.ts";
import { writeJsonLine } from "../output/output.ts";
import { requireTerminal } from "../terminal/require-terminal.ts";

/** `ctr exec`. */
export const command: Command = defineCommand({
  name: "exec",
  description: "Execute a command in a running container",
  details:
    "Flags stand before ID; everything behind it is the command's own. Its exit code becomes that of ctr. What is not\n" +
    "said is as for the container's first process.",
  args: {
    ...idArg,
    interactive: { type: "boolean", alias: "i", description: "Let it read standard input" },
    ...execArgs,
    user: {
      type: "string",
      alias: "u",
      valueHint: "UID[:GID]",
      description: "Who it runs as, numbers",
    },
    additionalGids: {
      type: "string",
      alias: "g",
      valueHint: "GID",
      multiple: true,
      description: "Further group, with --user",
    },
    detach: {
      type: "boolean",
      alias: "d",
      description: "Run it in the background and print its name",
    },
    processId: {
      type: "string",
      valueHint: "NAME",
      description: "Name of the process (default: made up)",
    },
    cap: {
      type: "string",
      alias: "c",
      valueHint: "CAP_NAME",
      multiple: true,
      description: "Capability that it has besides those of the container",
    },
    noNewPrivs: { type: "boolean", description: "Let execve grant no privileges" },
    ...attachArgs,
  },
  rest: { name: "COMMAND...", required: true, description: "Program and its arguments" },
  examples: [
    { line: "ctr exec -it redis sh", about: "a shell at this terminal" },
    { line: "ctr exec redis redis-cli ping", about: "" },
    { line: "ctr exec -u 1000:1000 -w /srv -e DEBUG=1 web ls -l", about: "-l belongs to ls" },
    { line: "tar -c . | ctr exec -i web tar -x -C /srv", about: "copy this directory" },
    { line: "ctr exec -d --process-id backup db pg_dump -f /tmp/dump", about: "in the background" },
  ],
  run: async ({ args, repeated, rest, session }) => {
    if (args.user === undefined && repeated.additionalGids.length > 0) {
      throw usageError("Cannot use --additional-gids without --user", "ERR_INVALID_FLAG");
    }
    const request: ExecRequest = {
      args: rest,
      terminal: args.tty === true,
      env: parseEnvironment(repeated.env, process.env),
      ...(args.cwd === undefined ? {} : { cwd: args.cwd }),
      ...(args.user === undefined ? {} : { user: parseUser(args.user, repeated.additionalGids) }),
      ...(args.processId === undefined ? {} : { processId: args.processId }),
      ...(repeated.cap.length === 0 ? {} : { capabilities: repeated.cap }),
      ...(args.noNewPrivs === true ? { noNewPrivileges: true } : {}),
    };
    if (args.detach === true) {
      const client = await session.client();
      const executed = await client.exec(args.id, {
        ...request,
        openStdin: args.interactive === true,
      });
      if (session.json) await writeJsonLine(session.output, executed);
      else await session.output.write(`${executed.processId}\n`);
      return 0;
    }
    if (args.tty === true && args.interactive === true) requireTerminal();
    return await execAttached({ session, id: args.id, request, flags: args });
  },
});
