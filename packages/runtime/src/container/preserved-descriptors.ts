import { readlinkSync } from "node:fs";

/**
 * Looks which descriptors from 3 on can be handed on to a process: call it before anything else is opened, or what belongs
 * to us alone would go to the container.
 *
 * @returns for each its number, or -1 when it is not open or is of Bun's event loop
 */
export function preservedDescriptors(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (isSomebodys(3 + index) ? 3 + index : -1));
}

function isSomebodys(descriptor: number): boolean {
  try {
    return !/^anon_inode:\[event/.test(readlinkSync(`/proc/self/fd/${descriptor}`));
  } catch {
    // It is not open.
    return false;
  }
}
