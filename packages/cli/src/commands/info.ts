import { type Command, defineCommand } from "../arguments/command.ts";
import { formatAgo } from "../output/moment.ts";
import { writeJsonLine } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

/** `ctr info`. */
export const command: Command = defineCommand({
  name: "info",
  description: "Print how the daemon is and where it keeps things",
  details: "Starts no daemon, and fails when none answers.",
  args: {},
  examples: [
    { line: "ctr info", about: "" },
    { line: "ctr --json info | jq .containers", about: "" },
  ],
  run: async ({ session }) => {
    const client = session.plainClient();
    const health = await client.health();
    if (session.json)
      await writeJsonLine(session.output, { ...health, address: client.socketPath });
    else {
      await session.output.write(
        formatTable([
          ["Status", health.status],
          ["Pid", String(health.pid)],
          ["Started", `${health.started} (${formatAgo(health.started)})`],
          ["Containers", String(health.containers)],
          ["Address", client.socketPath],
          ["State directory", health.stateDirectory],
          ["Root", health.root],
        ]),
      );
    }
    return 0;
  },
});
