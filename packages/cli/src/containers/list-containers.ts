import { type Container, type ContainerStatus, containerStatuses } from "@ctr/daemon/client";
import { suggest } from "@ctr/spec";
import type { CommandArgs, RepeatedValues } from "../arguments/command.ts";
import { usageError } from "../arguments/usage-error.ts";
import type { Session } from "../session/session.ts";

/** Which containers are listed. */
export const listFilterArgs = {
  ids: {
    type: "positional",
    required: false,
    valueHint: "ID",
    multiple: true,
    description: "Name of a container (default: all)",
  },
  status: { type: "string", alias: "s", multiple: true, description: "Those in this state" },
  label: {
    type: "string",
    alias: "l",
    valueHint: "KEY[=VALUE]",
    multiple: true,
    description: "Those with this label",
  },
} as const satisfies CommandArgs;

/** Asks the daemon for the containers that meet every condition. */
export async function listContainers(
  session: Session,
  filter: RepeatedValues<typeof listFilterArgs>,
): Promise<readonly Container[]> {
  const status = filter.status.map(parseStatus);
  const client = await session.client();
  return await client.listContainers({
    ...(filter.ids.length === 0 ? {} : { id: filter.ids }),
    ...(status.length === 0 ? {} : { status }),
    ...(filter.label.length === 0 ? {} : { label: filter.label }),
  });
}

function parseStatus(text: string): ContainerStatus {
  const status = containerStatuses.find((name) => name === text.toLowerCase());
  if (status !== undefined) return status;
  const meant = suggest(text, containerStatuses);
  throw usageError(
    `Cannot use "${text}" for --status: it is one of ${containerStatuses.join(", ")}`,
    "ERR_INVALID_FLAG",
    meant === undefined ? undefined : `Did you mean ${meant}?`,
  );
}
