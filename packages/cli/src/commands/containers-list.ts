import type { Container } from "@ctr/daemon/client";
import { type Command, defineCommand } from "../arguments/command.ts";
import { listContainers, listFilterArgs } from "../containers/list-containers.ts";
import { writeJsonLine } from "../output/output.ts";
import { formatTable } from "../output/table.ts";

/** `ctr containers list`. */
export const command: Command = defineCommand({
  name: "containers list",
  description: "List containers with their processes",
  args: listFilterArgs,
  examples: [{ line: "ctr containers list", about: "" }],
  run: async ({ repeated, session }) => {
    const containers = await listContainers(session, repeated);
    if (session.json) await writeJsonLine(session.output, containers);
    else await session.output.write(processesTable(containers));
    return 0;
  },
});

/** Returns containers as the table of 2016: columns of 20 characters at least. */
export function processesTable(containers: readonly Container[]): string {
  return formatTable(
    [
      ["ID", "PATH", "STATUS", "PROCESSES"],
      ...containers.map(({ id, bundle, status, processes }) => [
        id,
        bundle,
        status,
        processes
          .filter((process) => process.status !== "stopped")
          .map(({ processId }) => processId)
          .join(","),
      ]),
    ],
    { widthMin: 20 },
  );
}
