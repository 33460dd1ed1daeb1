import type { HostProcess } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { idArg } from "../containers/ids-arg.ts";
import { writeJsonLine } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

/** `ctr ps`. */
export const command: Command = defineCommand({
  name: "ps",
  description: "List the processes of a container",
  details: "Pids and user ids are those of the host.",
  args: { ...idArg, quiet: { type: "boolean", alias: "q", description: "Print pids only" } },
  examples: [
    { line: "ctr ps redis", about: "" },
    { line: "ctr ps -q redis", about: "" },
  ],
  run: async ({ args, session }) => {
    const processes = await (await session.client()).listPids(args.id);
    if (session.json) await writeJsonLine(session.output, processes);
    else if (args.quiet === true) {
      await session.output.write(processes.map(({ pid }) => `${pid}\n`).join(""));
    } else await session.output.write(processTable(processes));
    return 0;
  },
});

function processTable(processes: readonly HostProcess[]): string {
  return formatTable([
    ["PID", "PARENT", "UID", "PROCESS", "COMMAND"],
    ...processes.map(({ pid, parentPid, uid, processId, command: words }) => [
      String(pid),
      String(parentPid),
      String(uid),
      processId ?? "-",
      words.join(" "),
    ]),
  ]);
}
