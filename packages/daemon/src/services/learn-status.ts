import type { ContainerStatus } from "../contract/container.ts";
import { within } from "./deadline.ts";
import type { ProcessTable } from "./process-table.ts";
import type { Shim, Shims } from "./shims.ts";

/** How long a shim may take for its status before the last one that is known serves, in ms. */
const stateTimeoutMs = 1000;

/** What was learned of a container: by the kernel, which cannot tell whether it was started, or by its shim. */
export type Learned = "frozen" | "thawed" | "paused" | "running";

/**
 * Learns what can change without us: whether a container is paused. The kernel tells; its shim, which may sleep, is asked
 * only for what is not known.
 *
 * @returns nothing when nobody tells
 */
export async function learnStatus(
  shims: Pick<Shims, "isFrozen">,
  shim: Shim,
  processes: ProcessTable,
): Promise<Learned | undefined> {
  const { pid } = processes.init;
  const isKnown = pid !== undefined && [...processes.values()].every(hasTerminal);
  const isFrozen = isKnown ? await shims.isFrozen(pid) : undefined;
  if (isFrozen !== undefined) return isFrozen ? "frozen" : "thawed";
  const state = await within(
    shim.state().catch(() => undefined),
    stateTimeoutMs,
  );
  for (const { processId, terminal } of state?.processes ?? []) {
    const record = processes.get(processId);
    if (record !== undefined) record.terminal = terminal;
  }
  return state?.status === "paused" || state?.status === "running" ? state.status : undefined;
}

/**
 * Returns the status of a container by what was learned of it.
 *
 * @param known the status as it is now, which may have changed while that was learned
 */
export function statusBy(learned: Learned | undefined, known: ContainerStatus): ContainerStatus {
  if (learned === "paused" || learned === "running") return learned;
  if (known !== "running" && known !== "paused") return known;
  if (learned === undefined) return known;
  return learned === "frozen" ? "paused" : "running";
}

function hasTerminal({ terminal }: { readonly terminal: boolean | undefined }): boolean {
  return terminal !== undefined;
}
