import {
  connectShim,
  type RecoverOptions,
  readShim,
  recoverShim,
  type ShimClient,
  type ShimDirectory,
  type StartShimOptions,
  startShim,
} from "@ctr/shim/client";
import type { ProcessExit } from "@ctr/shim/protocol";

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
  | "pause"
  | "pids"
  | "resize"
  | "resume"
  | "start"
  | "state"
  | "update"
> &
  Disposable;

/** How the daemon comes by shims; tests have others. */
export interface Shims {
  start(options: StartShimOptions): Promise<Shim>;
  connect(directory: string): Promise<Shim>;
  read(directory: string): Promise<ShimDirectory>;
  recover(options: RecoverOptions): Promise<readonly ProcessExit[]>;
}

/** Shims as processes of their own. */
export const processShims: Shims = {
  start: startShim,
  connect: connectShim,
  read: readShim,
  recover: recoverShim,
};
