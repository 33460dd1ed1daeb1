import { type Container, containerStatuses } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { listContainers, listFilterArgs } from "../containers/list-containers.ts";
import { formatAgo } from "../output/moment.ts";
import { writeJsonLine } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

/** `ctr list`. */
export const command: Command = defineCommand({
  name: "list",
  description: "List containers",
  details: `STATUS is one of ${containerStatuses.join(", ")}; PID is that of the first process on the host.`,
  args: {
    ...listFilterArgs,
    quiet: { type: "boolean", alias: "q", description: "Print names only" },
  },
  examples: [
    { line: "ctr list", about: "" },
    { line: "ctr list --status running --label app=web", about: "" },
    { line: "ctr delete $(ctr list -q --status stopped)", about: "" },
    { line: "ctr --json list | jq -r '.[].id'", about: "" },
  ],
  run: async ({ args, repeated, session }) => {
    const containers = await listContainers(session, repeated);
    if (session.json) await writeJsonLine(session.output, containers);
    else if (args.quiet === true) {
      await session.output.write(containers.map(({ id }) => `${id}\n`).join(""));
    } else await session.output.write(containerTable(containers));
    return 0;
  },
});

/** Returns containers as a table for people. */
export function containerTable(containers: readonly Container[], now: Date = new Date()): string {
  return formatTable([
    ["ID", "STATUS", "PID", "CREATED", "BUNDLE"],
    ...containers.map((container) => [
      container.id,
      statusText(container),
      pidText(container),
      formatAgo(container.created, now),
      container.bundle,
    ]),
  ]);
}

function statusText({ status, exit }: Container): string {
  return status === "stopped" && exit !== undefined ? `stopped (${exit.status})` : status;
}

function pidText({ status, processes }: Container): string {
  const pid = processes.find(({ processId }) => processId === "init")?.pid;
  return status === "stopped" || pid === undefined ? "-" : String(pid);
}
