import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Looks which descriptors from 3 on are handed on to a process: call it before anything else is opened, or what belongs to
 * us alone would go to the container.
 *
 * @returns -1 for one that is not open, and is to stay closed whatever we open in its place: who counts from 3 on may leave
 *   gaps, as with crun
 */
export function preservedDescriptors(count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const descriptor = 3 + index;
    return isSomebodys(descriptor) ? descriptor : -1;
  });
}

/** Bun marks what it has inherited as it marks its own, so that its event loop is known only by what it is. */
function isSomebodys(descriptor: number): boolean {
  const kind = kindOf(descriptor);
  if (kind === undefined || kind === eventPoll) return false;
  return !kind.startsWith("anon_inode:[event") || !isWatched(descriptor);
}

const eventPoll = "anon_inode:[eventpoll]";

function kindOf(descriptor: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // It is not open.
    return undefined;
  }
}

/** Tells whether an event loop waits for a descriptor. @see proc_pid_fdinfo(5), `tfd` */
function isWatched(descriptor: number): boolean {
  return readdirSync("/proc/self/fd")
    .filter((each) => kindOf(each) === eventPoll)
    .flatMap((each) => [...readFileSync(`/proc/self/fdinfo/${each}`, "utf8").matchAll(watched)])
    .some(([, number]) => Number(number) === descriptor);
}

const watched = /^tfd:\s*(\d+)/gm;
