/**
 * Learns of the end of our children: SIGCHLD says that there is one, waitid(2) on its pidfd which.
 * Never waits for any child, so those of others in this process (`Bun.spawn`) stay theirs.
 *
 * @module
 */

import type { Kernel } from "../../kernel/kernel.ts";
import { type ExitStatus, reap } from "../../kernel/wait.ts";

interface Watched {
  readonly kernel: Kernel;
  readonly pidfd: number;
  readonly ended: (status: ExitStatus) => void;
  isAwaited: boolean;
}

const watched = new Set<Watched>();
let keepAlive: ReturnType<typeof setInterval> | undefined;

/** Milliseconds; a timer that hardly ever runs: it keeps our process alive while somebody waits for a child. */
const farAway = 2 ** 30;

/** The end of a child. */
export interface ExitWatch {
  /** How it ended, once it has; asking for it keeps our process alive until then. */
  readonly exited: Promise<ExitStatus>;
}

/**
 * Watches for the end of a child. It is reaped then, and the pidfd is closed.
 *
 * @param pidfd of a child of ours; given away
 */
export function watchExit(kernel: Kernel, pidfd: number): ExitWatch {
  const { promise, resolve } = Promise.withResolvers<ExitStatus>();
  const entry: Watched = {
    kernel,
    pidfd,
    ended: (status) => {
      kernel.call("close", pidfd);
      resolve(status);
    },
    isAwaited: false,
  };
  if (watched.size === 0) process.on("SIGCHLD", checkAll);
  watched.add(entry);
  // It may have ended before we listened.
  check(entry);
  return {
    get exited(): Promise<ExitStatus> {
      entry.isAwaited = true;
      keepOrLetGo();
      return promise;
    },
  };
}

/** Leaves a child to whoever becomes its parent when we end. */
export function leaveExit(kernel: Kernel, pidfd: number): undefined {
  kernel.call("close", pidfd);
}

function checkAll(): void {
  for (const entry of [...watched]) check(entry);
}

function check(entry: Watched): void {
  const status = reap(entry.kernel, entry.pidfd, "poll");
  if (status === undefined) return;
  watched.delete(entry);
  if (watched.size === 0) process.off("SIGCHLD", checkAll);
  keepOrLetGo();
  entry.ended(status);
}

function keepOrLetGo(): void {
  const isAwaited = [...watched].some((entry) => entry.isAwaited);
  if (isAwaited) keepAlive ??= setInterval(checkAll, farAway);
  else {
    clearInterval(keepAlive);
    keepAlive = undefined;
  }
}
