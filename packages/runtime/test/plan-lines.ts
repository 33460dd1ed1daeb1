import { linesOf } from "../src/program/explain.ts";
import type { Step } from "../src/program/step.ts";

/**
 * Prints steps for a comparison with `toEqual`: a line for each, the field that asked for it before it.
 *
 * ```
 *   /mounts/0: $mount-0 = fsmount($mount-0:fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID)
 * ```
 */
export function planLines(steps: readonly Step[]): string[] {
  const [, ...lines] = linesOf({ preserveFds: 0, descriptors: ["report"], steps });
  return lines.map(({ origin, text }) => (origin === "" ? text : `${origin}: ${text}`));
}
