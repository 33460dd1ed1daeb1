/**
 * Tells whether a container is frozen, whoever has frozen it, without asking its shim, which may sleep.
 *
 * @param pid of the container's first process
 * @returns nothing when that cannot be told: ask the shim
 *
 * @example
 * ```ts
 * import { connectShim, isFrozen } from "@ctr/shim/client";
 *
 * using shim = await connectShim("/run/supervisor/web");
 * const { status, processes } = await shim.state();
 * const [init] = processes;
 * console.log(status, init && (await isFrozen(init.pid)));
 * ```
 */
export async function isFrozen(pid: number): Promise<boolean | undefined> {
  const { cgroupOfProcess } = await import("@ctr/runtime");
  try {
    return cgroupOfProcess(pid).isFrozen();
  } catch {
    // It has ended, or has no cgroup of its own.
    return undefined;
  }
}
