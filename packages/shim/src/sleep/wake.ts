import { linuxKernel, readText, value } from "@ctr/runtime/kernel";
import { holdOn } from "../hold.ts";
import { CommandLine } from "../system/command-line.ts";
import { closeFile } from "../system/descriptor.ts";
import type { SavedShim } from "./saved-shim.ts";
import { programName } from "./sleep-program.ts";

/**
 * Wakes up: goes on where the shim that fell asleep has left off.
 *
 * @param state descriptor of what it has written down
 * @returns the exit code
 */
export async function wake(state: number): Promise<number> {
  const kernel = linuxKernel();
  const saved: SavedShim = JSON.parse(readText(kernel, `/proc/self/fd/${state}`));
  for (const descriptor of saved.sleep.kept) {
    kernel.call("fcntl", descriptor, value("F_SETFD"), value("FD_CLOEXEC"));
  }
  for (const descriptor of saved.sleep.own) closeFile(descriptor);
  const { id, bundle, runtime } = saved;
  kernel.call("prctl", value("PR_SET_NAME"), programName, 0, 0, 0);
  CommandLine.from("--wake")?.replace([id, bundle, runtime]);
  return await holdOn(saved);
}
