import type { ContainerStatus } from "../contract/container.ts";
import { within } from "./deadline.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Shim, Shims } from "./shims.ts";

/** How long a shim may take for its status before the last one that is known serves, in ms. */
const stateTimeoutMs = 1000;

/**
 * Learns what can change without us: whether a container is paused. The kernel tells; its shim, which may sleep, is asked
 * only for what is not known.
 *
 * @param known the status so far
 */
export async function learnStatus(
  shims: Pick<Shims, "isFrozen">,
  shim: Shim,
  processes: ProcessTable,
  known: ContainerStatus,
): Promise<ContainerStatus> {
  const { pid } = processes.init;
  const isKnown = pid !== undefined && [...processes.values()].every(hasTerminal);
  const isFrozen = isKnown ? await shims.isFrozen(pid) : undefined;
  if (isFrozen !== undefined && known !== "created") return isFrozen ? "paused" : "running";
  if (isFrozen !== undefined) return known;
  const state = await within(
    shim.state().catch(() => undefined),
    stateTimeoutMs,
  );
  for (const { processId, terminal } of state?.processes ?? []) {
    const record = processes.get(processId);
    if (record !== undefined) record.terminal = terminal;
  }
  return state?.status === "paused" || state?.status === "running" ? state.status : known;
}

function hasTerminal({ terminal }: { readonly terminal: boolean | undefined }): boolean {
  return terminal !== undefined;
}
