import { ContainerError } from "@ctr/spec";
import { settlesWithin } from "../stdio/settles-within.ts";
import { SIGKILL } from "../system/signal.ts";
import type { BundleConfig } from "./bundle-config.ts";
import type { HeldContainerOptions } from "./held-container.ts";
import { drainTimeoutMs, type HeldProcess } from "./held-process.ts";

/** How long killed processes have to be gone, in ms. */
export const killTimeoutMs = 10_000;

/**
 * Kills a container's first process, unless it has ended, and waits until its exit is announced.
 *
 * @throws {ContainerError} ERR_KILL_TIMEOUT
 */
export async function endInit(
  { driver, id }: Pick<HeldContainerOptions, "driver" | "id">,
  init: HeldProcess,
  { hasOwnPidNamespace }: BundleConfig,
): Promise<void> {
  if (!init.isReaped) {
    await driver.kill(SIGKILL, !hasOwnPidNamespace).catch((error: unknown) => {
      // It may have ended by itself just now, and be reaped in a moment.
      const isEnding = error instanceof ContainerError && error.kind === "conflict";
      if (!init.isReaped && !isEnding) throw error;
    });
    // A frozen process dies when it is thawed.
    if (await driver.isPaused().catch(() => false)) await driver.resume().catch(() => undefined);
  }
  if (await settlesWithin(init.announced, killTimeoutMs + drainTimeoutMs)) return;
  throw new ContainerError(`Cannot delete container "${id}": its first process does not end`, {
    code: "ERR_KILL_TIMEOUT",
    kind: "unavailable",
    hint: "Try again",
  });
}
