import type { ConsoleSize, Process, User } from "@ctr/spec";

/** Name of the process that a container was made for; every other process is an exec. */
export const initProcessId = "init";

/** How a process ended. */
export interface ProcessExit {
  /** `init`, or the name of the exec. */
  readonly processId: string;
  /** Exit code, or 128 and the signal's number; 255 when nobody could tell. */
  readonly status: number;
  /** RFC 3339, UTC. */
  readonly exitedAt: string;
}

/** A process of a container that the daemon knows by name. */
export interface ContainerProcess {
  /** `init`, or the name of the exec. */
  readonly processId: string;
  /** `created` until it is started. */
  readonly status: "created" | "running" | "stopped";
  /** Host pid; absent before it is made. Another process can have it once this one has ended. */
  readonly pid?: number;
  /** Whether it has a terminal; absent when nobody who knows is alive any more. */
  readonly terminal?: boolean;
  /** Present once it has ended and its output is drained. */
  readonly exit?: ProcessExit;
}

/** Answer of `GET /v1/containers/{id}/processes`. */
export interface ProcessList {
  readonly processes: readonly ContainerProcess[];
}

/** How the output of a process is kept. */
export interface LogOptions {
  /**
   * - `cri`: a record a line, with time and stream.
   * - `raw`: the bytes as they are. Without a terminal the process writes to the file itself: it costs nothing, and
   *   nobody can attach to the output.
   * - `none`: the output goes to attached clients only.
   *
   * @default "cri" for a container, "none" for an exec
   */
  readonly format?: "cri" | "raw" | "none";
  /** Absolute path of the file. Default: in the daemon's own folder, deleted with the container. */
  readonly path?: string;
  /**
   * Size at which the file is renamed to `PATH.1` and a new one begun; 0 for no limit. Default: 104857600 (100 MiB) for
   * `cri`, no limit for `raw`.
   */
  readonly sizeBytesMax?: number;
  /** How many files are kept, the current one included. @default 2 */
  readonly filesMax?: number;
}

/** Where a process reads from and writes to. */
export interface StdioOptions {
  /** Absolute path of a FIFO or file that is the standard input. */
  readonly stdin?: string;
  /** Absolute path of a FIFO or file for the standard output; then it is neither kept nor attached to. */
  readonly stdout?: string;
  /** As `stdout`, for the standard error. */
  readonly stderr?: string;
  /** Whether attached clients can write to the standard input. Without it and `stdin` it is /dev/null. @default false */
  readonly openStdin?: boolean;
  /** Whether the standard input closes when the first client that wrote to it detaches. @default false */
  readonly stdinOnce?: boolean;
  readonly log?: LogOptions;
  /** How long an exit is held back at the most while other processes hold the output open, in ms. @default 10000 */
  readonly drainTimeoutMs?: number;
}

/**
 * What is executed in a container: the body of `POST /v1/containers/{id}/processes`.
 *
 * Either `process` says all of it, or `args` does and the rest is that of the container's first process, as with
 * `runc exec`.
 */
export interface ExecRequest extends StdioOptions {
  /** Name of the process; same characters as a container's id, and not `init`. Default: the daemon makes one up. */
  readonly processId?: string;
  /** Program and arguments. */
  readonly args?: readonly string[];
  /** Added to the environment: `NAME=value`. */
  readonly env?: readonly string[];
  /** Working directory in the container. */
  readonly cwd?: string;
  readonly user?: User;
  /** Whether it has a terminal. @default false */
  readonly terminal?: boolean;
  /** First size of the terminal, in characters. */
  readonly consoleSize?: ConsoleSize;
  /** Capabilities that are added to the bounding, effective and permitted sets. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
  /** The whole process as config.json writes it; not together with the fields from `args` to `selinuxLabel`. */
  readonly process?: Process;
  /** Whether it is started at once. Otherwise by `start`, or by the first client that attaches. @default true */
  readonly start?: boolean;
  /** Whether it is forgotten when it has ended: only its exit can be asked for then. @default false */
  readonly removeOnExit?: boolean;
}

/** Body of `POST /v1/containers/{id}/kill` and of that of a process. */
export interface KillRequest {
  /** Name, with or without SIG, or number. @default "SIGTERM" */
  readonly signal?: string | number;
}

/** Body of `POST /v1/containers/{id}/kill`. */
export interface KillContainerRequest extends KillRequest {
  /** Whether every process of the container gets it, and not only the first. @default false */
  readonly all?: boolean;
}

/** Body of `POST /v1/containers/{id}/processes/{processId}/resize`. */
export interface ResizeRequest {
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Height of the terminal in characters. */
  readonly rows: number;
}

/** Any process of a container, as the kernel shows it. */
export interface HostProcess {
  /** Host pid. */
  readonly pid: number;
  /** Host pid of its parent. */
  readonly parentPid: number;
  /** Host uid that it runs as. */
  readonly uid: number;
  /** Its arguments, or its name in square brackets when it shows none. */
  readonly command: readonly string[];
  /** Its name, when it is one that the daemon knows. */
  readonly processId?: string;
}

/** Answer of `GET /v1/containers/{id}/pids`. */
export interface PidList {
  /** Sorted by pid. */
  readonly pids: readonly HostProcess[];
}
