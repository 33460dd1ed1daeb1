import type { Config } from "@ctr/spec";
import type { ConsoleTarget } from "./process/console.ts";
import type { RuntimeOptions } from "./runtime-options.ts";

/** Descriptors that become 0, 1 and 2 of a process; ours by default. */
export interface Stdio {
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
}

/** What every new process of a container takes. */
export interface ProcessOptions {
  /** Without a terminal. */
  readonly stdio?: Stdio;
  /** Where the master of the terminal goes, when `process.terminal` asks for one. */
  readonly console?: ConsoleTarget;
  /** File that gets the host pid. */
  readonly pidFile?: string;
  /** Who may read that file. @default 0o644, as with runc */
  readonly pidFileMode?: number;
  /** How many descriptors from 3 on the process inherits; one that is not open by now stays closed. @default 0 */
  readonly preserveFds?: number;
  /**
   * Neither wait for the process nor reap it: it is left to whoever becomes its parent when we end, as conmon or a shim.
   * Its `exited` cannot be asked for then.
   *
   * @default false
   */
  readonly detach?: boolean;
  /** Do not make a session keyring for the process. */
  readonly noNewKeyring?: boolean;
}

/** Options of `create()`. */
export interface CreateOptions extends RuntimeOptions, ProcessOptions {
  /** Directory with config.json. */
  readonly bundle: string;
  /** Instead of config.json. */
  readonly config?: Config;
  /** Path of the configuration's file, from the working directory. @default `<bundle>/config.json` */
  readonly configFile?: string;
  /**
   * Changes the configuration before it is used; the container's state directory is there by then.
   *
   * @param stateDirectory absolute path
   */
  readonly amend?: (config: Config, stateDirectory: string) => Config;
  /** Directory to take for the resctrl file system. @internal for tests, on machines without it */
  readonly resctrl?: string;
  /** Use MS_MOVE and chroot instead of pivot_root: for a root filesystem in a ramdisk. Weaker. */
  readonly noPivot?: boolean;
}
