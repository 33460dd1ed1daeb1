import type { Client, ContainerStats } from "@ctr/daemon/client";
import { ContainerError } from "@ctr/spec";

/**
 * Reads the figures of the named containers, or of all that run, sorted by name. One that has ended meanwhile is left out.
 *
 * @throws {ContainerError} for a named one that is not there or does not run, unless `mayHaveEnded`
 */
export async function readStats(
  client: Client,
  ids: readonly string[],
  mayHaveEnded: boolean,
): Promise<readonly ContainerStats[]> {
  const isNamed = ids.length > 0;
  const wanted = isNamed ? ids : await running(client);
  const found = await Promise.all(
    wanted.map((id) =>
      client.containerStats(id).catch((error: unknown) => {
        if ((isNamed && !mayHaveEnded) || !hasEnded(error)) throw error;
        return undefined;
      }),
    ),
  );
  return found.filter((one) => one !== undefined);
}

async function running(client: Client): Promise<readonly string[]> {
  const containers = await client.listContainers({ status: ["created", "running", "paused"] });
  return containers.map(({ id }) => id);
}

/** It is gone, or has stopped while it was asked. */
function hasEnded(error: unknown): boolean {
  return (
    error instanceof ContainerError && (error.kind === "notFound" || error.kind === "conflict")
  );
}
