import type { LinuxPids } from "@ctr/spec";
import type { ControlFiles } from "../control-files.ts";

/**
 * Sets the number of tasks; the same on both versions.
 *
 * A limit of 0 becomes 1: the container's own first process counts, so both allow no other, and systemd does not take 0.
 */
export function applyPids(files: ControlFiles, { limit }: LinuxPids): void {
  const value = limit < 0 ? "max" : Math.max(limit, 1);
  files.set("pids.max", value, { path: "pids.limit", name: "limit of tasks" });
}
