import { readdirSync, readlinkSync } from "node:fs";

/** Returns what this process has open, each as `NUMBER TARGET`. */
export function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      return [`${number} ${readlinkSync(`/proc/self/fd/${number}`)}`];
    } catch {
      // The one that lists the others.
      return [];
    }
  });
}

/** Returns what has been opened and is still open. What earlier tests had open may be closed at any time. */
export function openedSince(before: readonly string[]): string[] {
  return openDescriptors().filter((descriptor) => !before.includes(descriptor));
}
