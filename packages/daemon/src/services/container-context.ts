import type { ConsolaInstance } from "consola";
import type { Journal } from "./journal.ts";
import type { Shims } from "./shims.ts";

/** What every container of a daemon shares. */
export interface ContainerContext {
  /** Directory of the containers' directories. */
  readonly stateDirectory: string;
  /** Folder for logs and what else is to outlive a reboot. */
  readonly root: string;
  readonly journal: Journal;
  readonly shims: Shims;
  readonly log: Pick<ConsolaInstance, "debug" | "info" | "warn" | "error">;
  /** The runtime of containers that do not name one. */
  readonly runtime: string;
  /** The shim's program and its first arguments, when it is not to be looked for. */
  readonly shimCommand?: readonly string[];
}
