import type { Client } from "@ctr/daemon/client";
import { ContainerError } from "@ctr/spec";
import { type Finding, ok } from "./finding.ts";

/** Asks the daemon how it is; starts none. */
export async function checkDaemon(client: Client): Promise<Finding> {
  const name = "Daemon";
  try {
    const { pid, containers } = await client.health();
    const { version } = await client.version();
    return ok(name, `ctrd ${version}, pid ${pid}, ${containers} containers, ${client.socketPath}`);
  } catch (error) {
    if (error instanceof ContainerError && error.code === "ERR_DAEMON_UNREACHABLE") {
      return { name, level: "missing", found: `none at ${client.socketPath}; started when needed` };
    }
    return {
      name,
      level: "error",
      found: error instanceof Error ? error.message : String(error),
      ...(error instanceof ContainerError && error.hint !== undefined ? { hint: error.hint } : {}),
    };
  }
}
