import { isErrno, linuxKernel, value } from "@ctr/runtime/kernel";

const P_ALL = 0;
const P_PID: number = value("P_PID");
const CLD_EXITED = 1;

/** What `waitid` tells: `struct siginfo` for SIGCHLD. */
interface ChildInfo {
  readonly pid: number;
  /** Exit code, or 128 and the signal's number. */
  readonly status: number;
}

/**
 * Learns how our children end: those that a runtime made for us and left to us, their subreaper.
 *
 * Each is waited for by its own pid. What Bun.spawn started is Bun's to reap, and what the runtime library started is
 * the library's; whatever else was reparented to us is swept away, so that no zombie stays.
 */
export class ChildReaper {
  readonly #watched: Map<number, (status: number) => void> = new Map();
  /** Pids that others reap. */
  readonly #foreign: Set<number> = new Set();
  /** How many are at work who may have children that we do not know. */
  #strangersAtWork = 0;
  readonly #onChild = (): void => this.poll();

  constructor() {
    process.on("SIGCHLD", this.#onChild);
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    process.off("SIGCHLD", this.#onChild);
  }

  /** Resolves to the status of a child when it ends, and reaps it. */
  watch(pid: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#watched.set(pid, resolve);
    this.poll();
    return promise;
  }

  /** Marks a child as somebody else's to reap, until the promise settles. */
  leave(pid: number, until: Promise<unknown>): void {
    this.#foreign.add(pid);
    const settled = (): void => {
      this.#foreign.delete(pid);
      this.poll();
    };
    until.then(settled, settled);
  }

  /** Runs something whose children are not strays: it reaps them itself, or has them watched before it returns. */
  async leaveChildrenOf<T>(work: () => Promise<T>): Promise<T> {
    this.#strangersAtWork++;
    try {
      return await work();
    } finally {
      this.#strangersAtWork--;
      this.poll();
    }
  }

  /** Reaps what has ended. */
  poll(): void {
    do this.#reapWatched();
    while (this.#sweep());
  }

  #reapWatched(): void {
    for (const [pid, resolve] of this.#watched) {
      const info = waitForChild(P_PID, pid);
      if (info === undefined) continue;
      this.#watched.delete(pid);
      resolve(info.status);
    }
  }

  /**
   * Reaps children that nobody knows: processes that a container without a pid namespace left behind.
   *
   * @returns whether one that is watched has ended meanwhile
   */
  #sweep(): boolean {
    while (this.#strangersAtWork === 0) {
      const ended = waitForChild(P_ALL, 0, "WNOWAIT");
      if (ended === undefined || this.#foreign.has(ended.pid)) return false;
      if (this.#watched.has(ended.pid)) return true;
      waitForChild(P_PID, ended.pid);
    }
    return false;
  }
}

/** Tells whether this process has children, ended or not. */
export function hasChildren(): boolean {
  const options = value("WEXITED", "WNOHANG", "WNOWAIT");
  try {
    linuxKernel().call("waitid", P_ALL, 0, new Int32Array(32), options, null);
    return true;
  } catch (error) {
    if (isErrno(error, "ECHILD")) return false;
    throw error;
  }
}

/** waitid(2) that does not wait; `undefined` when no such child has ended. */
function waitForChild(which: number, pid: number, ...flags: "WNOWAIT"[]): ChildInfo | undefined {
  const info = new Int32Array(32);
  const options = value("WEXITED", "WNOHANG", ...flags);
  try {
    linuxKernel().call("waitid", which, pid, info, options, null);
  } catch (error) {
    if (!isErrno(error, "ECHILD")) throw error;
    // Somebody else has reaped it: its status is lost.
    return which === P_ALL ? undefined : { pid, status: 255 };
  }
  // siginfo_t: signo, errno, code, padding, pid, uid, status
  const [, , code = 0, , ended = 0, , status = 0] = info;
  if (ended === 0) return undefined;
  return { pid: ended, status: code === CLD_EXITED ? status : 128 + (status & 0x7f) };
}
