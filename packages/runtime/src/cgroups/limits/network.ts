import type { LinuxNetwork } from "@ctr/spec";
import type { ControlFiles } from "../control-files.ts";

/** Tags the container's packets (net_cls); version 1 only. 0 is no class given. */
export function applyNetworkClass(files: ControlFiles, { classID }: LinuxNetwork): void {
  if (!classID) return;
  files.set("net_cls.classid", classID, { path: "network.classID", name: "network class" });
}

/** Gives the container's packets priorities by interface (net_prio); version 1 only. */
export function applyNetworkPriorities(files: ControlFiles, network: LinuxNetwork): void {
  for (const [index, { name, priority }] of (network.priorities ?? []).entries()) {
    files.set("net_prio.ifpriomap", `${name} ${priority}`, {
      path: `network.priorities[${index}]`,
      name: "network priority",
    });
  }
}
