import {
  connectShim,
  isFrozen,
  type RecoverOptions,
  readShim,
  recoverShim,
  type ShimClient,
  type ShimDirectory,
  type StartShimOptions,
  startShim,
} from "@ctr/shim/client";
import type { ProcessExit } from "@ctr/shim/protocol";
import type { SpareShims } from "./spare-shims.ts";

/** What the daemon asks of a shim. */
export type Shim = Pick<
  ShimClient,
  | "attach"
  | "closed"
  | "closeStdin"
  | "delete"
  | "deleteProcess"
  | "exec"
  | "execAttached"
  | "hello"
  | "kill"
  | "onExited"
  | "onOom"
  | "pause"
  | "pids"
  | "resize"
  | "resume"
  | "start"
  | "state"
  | "stats"
  | "update"
> &
  Disposable;

/** How the daemon comes by shims; tests have others. */
export interface Shims {
  start(options: StartShimOptions): Promise<Shim>;
  connect(directory: string): Promise<Shim>;
  read(directory: string): Promise<ShimDirectory>;
  recover(options: RecoverOptions): Promise<readonly ProcessExit[]>;
  /** Whether the container of a first process is frozen; `undefined` when only its shim can tell. */
  isFrozen(pid: number): Promise<boolean | undefined>;
}

/** Returns shims as processes of their own, some of which were started ahead. */
export function processShims(spares: SpareShims): Shims {
  return {
    start: (options) => spares.use((spare) => startShim({ ...options, ...(spare && { spare }) })),
    connect: connectShim,
    read: readShim,
    recover: recoverShim,
    isFrozen,
  };
}
