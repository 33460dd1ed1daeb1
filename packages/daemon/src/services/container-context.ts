import type { Journal } from "./journal.ts";
import type { Shims } from "./shims.ts";

/** Where a daemon says what it does; any console will do. */
export interface DaemonLog {
  debug(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  error(message: string, ...details: unknown[]): void;
}

/** What every container of a daemon shares. */
export interface ContainerContext {
  /** Directory of the containers' directories. */
  readonly stateDirectory: string;
  /** Folder for logs and what else is to outlive a reboot. */
  readonly root: string;
  readonly journal: Journal;
  readonly shims: Shims;
  readonly log: DaemonLog;
  /** The runtime of containers that do not name one. */
  readonly runtime: string;
  /** Follows the id of a container in what the runtime calls it; see {@linkcode runtimeIdSuffix}. */
  readonly runtimeIdSuffix: string;
  /** The shim's program and its first arguments, when it is not to be looked for. */
  readonly shimCommand?: readonly string[];
}
