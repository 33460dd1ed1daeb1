import type { Stats } from "@ctr/runtime";
import type { Process } from "@ctr/spec";
import type { Resources } from "../protocol.ts";
import type { ChildStdio } from "../stdio/open-stdio.ts";

/** Where a new process gets its stdio from and leaves its files. */
export interface LaunchRequest {
  /** Descriptors for the process; `undefined` when it has a terminal. */
  readonly stdio: ChildStdio | undefined;
  /** Absolute path of the process' directory: `pid` and `log.json` are written there. */
  readonly directory: string;
  /** What a runtime that failed has written to the process' standard error. */
  readonly complaint: () => string;
}

/** How a container is created. */
export interface CreateRequest extends LaunchRequest {
  readonly bundle: string;
  /** Set when the process' terminal is not what the bundle's config.json says. */
  readonly terminal?: boolean;
  readonly noPivotRoot: boolean;
  readonly noNewKeyring: boolean;
}

/** How a process is executed in a container. */
export interface ExecRequest extends LaunchRequest {
  readonly process: Process;
}

/** A process that a runtime has made. */
export interface LaunchedProcess {
  /** Host pid. */
  readonly pid: number;
  /** Master of its terminal, ours to close. */
  readonly master: number | undefined;
  /** Resolves to the exit code, or 128 and the signal's number, once it has ended and is reaped. */
  readonly exited: Promise<number>;
}

/** A descriptor that tells when memory runs out; the caller closes it. */
export interface OomNotice {
  readonly descriptor: number;
  /** What poll(2) says of it then. */
  readonly events: "POLLIN" | "POLLPRI";
}

/** What tells of a container's memory. */
export interface MemoryCgroup {
  /**
   * Tells each time when memory runs out.
   *
   * @throws {ContainerError} ERR_CGROUP_UNSUPPORTED
   */
  oomEvents(signal: AbortSignal): AsyncIterable<{ readonly kills: number }>;
  /** Opens what a sleeping shim can wait for; `undefined` when the cgroup is gone or does not tell. */
  openOomNotice(): OomNotice | undefined;
  /** How many processes the kernel has killed because memory ran out. */
  readonly oomKills: number;
}

/** A runtime, for one container. */
export interface RuntimeDriver {
  /** Creates the container; when it fails, nothing of it is left. */
  create(request: CreateRequest): Promise<LaunchedProcess>;
  /** Takes up a container that was created before, by the pid of its first process. */
  adopt(pid: number): void;
  /** Starts the container's first process. */
  start(): Promise<void>;
  /** Executes a process in the container. */
  exec(request: ExecRequest): Promise<LaunchedProcess>;
  /** Sends a signal to the container's first process, or to all of its processes. */
  kill(signal: number, all: boolean): Promise<void>;
  /** Bundle of the container that the runtime has under our id; `undefined` when it has none. */
  bundle(): Promise<string | undefined>;
  /** Whether the container is frozen. */
  isPaused(): Promise<boolean>;
  /** Host pids of all its processes. */
  pids(): Promise<readonly number[]>;
  /** What it has used so far. */
  stats(): Promise<Stats>;
  /** Finds what tells of its memory, once it is created. */
  memory(): Promise<MemoryCgroup>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Changes limits; what is not named stays as it is. */
  update(resources: Resources): Promise<void>;
  /** Deletes the container, with `force` a running one too; none is fine. */
  delete(force: boolean): Promise<void>;
}
