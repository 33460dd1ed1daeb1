import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { ContainerError } from "@ctr/spec";
import type { ProcessOptions } from "./create-options.ts";

/**
 * Looks which descriptors from 3 on are handed on to a process: call it before anything else is opened, or what belongs to
 * us alone would go to the container.
 *
 * @returns -1 for one that is closed and may be
 * @throws {ContainerError} ERR_DESCRIPTOR_CLOSED when another of them is not open, as runc does: what is opened in its
 *   place later would be taken for it
 */
export function preservedDescriptors({
  preserveFds: count = 0,
  listenFds = 0,
}: Pick<ProcessOptions, "preserveFds" | "listenFds">): number[] {
  return Array.from({ length: count }, (_, index) => {
    const descriptor = 3 + index;
    if (isSomebodys(descriptor)) return descriptor;
    if (index < listenFds) return -1;
    throw new ContainerError(
      `Cannot hand descriptor ${descriptor} on (--preserve-fds, ${index + 1} of ${count}): it is not open`,
      {
        code: "ERR_DESCRIPTOR_CLOSED",
        kind: "invalid",
        hint: "Descriptors are handed on from 3 upwards without a gap, those of LISTEN_FDS first",
      },
    );
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
