/**
 * What is said on a shim's socket, and what its files are called.
 *
 * ```
 * client                                             shim
 *   |  <------ {"hello":{"protocol":1,...}}            |   one JSON document a line, both ways
 *   |  {"id":1,"method":"start","params":{}} ------->  |
 *   |  <------ {"id":1,"result":{}}                    |
 *   |  <------ {"event":"exited","params":{...}}       |   to every connection that is not attached; so is "oom"
 *   |  {"id":2,"method":"attach","params":{...}} --->  |
 *   |  <------ {"id":2,"result":{...}}                 |   from here on this connection carries frames
 *   |  [0 0 0 0 length] standard input ------------->  |
 *   |  <------ [1|2 0 0 0 length] output               |
 *   |  <------ [3 0 0 0 length] {"status":0,...}       |   the process has ended; the shim closes
 * ```
 *
 * @module
 */

import type { Stats } from "@ctr/runtime";
import type { ErrorDocument, LinuxResources, Process } from "@ctr/spec";

export { parseExact, stringifyExact } from "./exact-json.ts";

/** Number of the protocol in the hello. It changes when an old client would misunderstand a new shim. */
export const protocolVersion = 1;

/** Name of the process that the container was made for; every other process is an exec. */
export const initProcessId = "init";

/** Longest line that a shim or a client accepts, in bytes: room for a process with 2 MiB of arguments and environment. */
export const lineLengthMax: number = 4 * 1024 * 1024;

/** Largest payload of a frame that a shim accepts, in bytes. */
export const framePayloadMax: number = 64 * 1024;

/** Names of the files of a container's directory and of the directory of each of its processes. */
export const shimFiles = {
  /** The socket, in the container's directory. */
  socket: "shim.sock",
  /** What the process is and where its stdio goes; {@linkcode ProcessDocument}. */
  process: "process.json",
  /** Host pid, decimal. */
  pid: "pid",
  /** Clock ticks after boot at which the process started: field 22 of /proc/PID/stat. */
  startTime: "starttime",
  /** FIFO whose write end the shim holds: it closes when the exit is announced. */
  exit: "exit",
  /** Decimal; exit code, or 128 and the signal's number. Its modification time is the time of the exit. */
  exitStatus: "exitStatus",
  /** FIFO; lines `0 0 0` close stdin, `1 COLUMNS ROWS` resize the terminal. */
  control: "control",
  /** Each time that memory ran out, a {@linkcode OomEvent} a line; of the first process only. */
  oom: "oom",
  /** What the runtime logged, a JSON document a line. */
  log: "log.json",
  /** What the shim logged, a JSON document a line. */
  shimLog: "shim-log.json",
} as const;

/** Where the output of a process is kept. */
export interface LogDocument {
  /** Absolute path of the file; made with mode 0600, appended to. */
  readonly path: string;
  /**
   * - `cri`: a record a line: `2016-10-06T00:17:09.669794202Z stdout F text`; `P` instead of `F` when the line goes on in
   *   the next record of that stream.
   * - `raw`: the bytes as they are, both streams. Without a terminal the process itself writes to the file, the shim
   *   copies nothing and nobody can attach to the output.
   *
   * @default "cri"
   */
  readonly format?: "cri" | "raw";
  /** Size at which the file is renamed to `PATH.1` and a new one begun; `cri` or a terminal only. Default: no limit. */
  readonly sizeBytesMax?: number;
  /** How many files are kept, the current one included. @default 2 */
  readonly filesMax?: number;
}

/** What `process.json` of containerd 0.2 said about stdio, and what we add. */
export interface StdioDocument {
  /** Path of a FIFO or file that is the standard input. */
  readonly containerdStdin?: string;
  /** Path of a FIFO or file that the standard output is written to, by the process itself unless it has a terminal. */
  readonly containerdStdout?: string;
  /** As `containerdStdout`, for the standard error. */
  readonly containerdStderr?: string;
  /** Whether attached clients can write to the standard input. Without it and `containerdStdin` it is /dev/null. */
  readonly openStdin?: boolean;
  /** Whether the standard input closes when the first client that wrote to it detaches. */
  readonly stdinOnce?: boolean;
  /** Keeps the output. Default: it goes to attached clients only. */
  readonly log?: LogDocument;
  /** How long the exit is held back at the most while other processes hold the output open, in ms. @default 10000 */
  readonly drainTimeoutMs?: number;
}

/** `process.json` of the container's first process. */
export interface InitDocument extends StdioDocument {
  /** Whether the process has a terminal. Default: what the bundle's config.json says. */
  readonly terminal?: boolean;
  /** Id by which the runtime knows the container, and its cgroup is called. Default: the shim's. */
  readonly runtimeId?: string;
  /** Global arguments of the runtime, before its command; for example `["--root", "/run/runc"]`. */
  readonly runtimeArgs?: readonly string[];
  /** Whether the runtime uses chroot instead of pivot_root. */
  readonly noPivotRoot?: boolean;
  /** Whether the container shares the session keyring of the shim. */
  readonly noNewKeyring?: boolean;
  /** Host uid and gid that own the pipes: those of root in the container. @default 0 */
  readonly rootUID?: number;
  readonly rootGID?: number;
  /** Whether the shim deletes the container and ends once it has stopped, as in 0.2; its files stay. */
  readonly deleteOnExit?: boolean;
  /**
   * How long nothing must have happened before the shim sleeps, in ms: it takes next to no memory then, and some ten ms to
   * wake up at whatever happens. 0 is never. @default 5000
   */
  readonly sleepAfterMs?: number;
}

/** `process.json` of a process that is executed in the container: an OCI process and its stdio. */
export interface ExecDocument extends StdioDocument, Process {
  /** Always true: tells it from an {@linkcode InitDocument}. */
  readonly exec: true;
}

/** Either `process.json`. */
export type ProcessDocument = InitDocument | ExecDocument;

/** What a shim says first on a connection. */
export interface Hello {
  readonly protocol: number;
  /** The container. */
  readonly id: string;
  /** The shim's own pid. */
  readonly pid: number;
}

/** How a process ended. */
export interface ProcessExit {
  /** `init`, or the name of the exec. */
  readonly processId: string;
  /** Exit code, or 128 and the signal's number; 255 when nobody could tell. */
  readonly status: number;
  /** RFC 3339, UTC. */
  readonly exitedAt: string;
}

/** Memory ran out in the container, and the kernel ended a process, or held one back. */
export interface OomEvent {
  /** 1 for the first of the container, then one more each time. */
  readonly number: number;
  /** RFC 3339, UTC: when the shim learned of it. */
  readonly at: string;
  /** How many processes the kernel has killed for it so far. */
  readonly kills: number;
}

/** What a container has used so far. */
export interface ContainerFigures {
  /** RFC 3339, UTC: when they were read. */
  readonly readAt: string;
  /** As `data` of runc's `events --stats`; runtimes other than bunc and runc may leave things out. */
  readonly stats: Stats;
}

/** A process that the shim holds. */
export interface ProcessState {
  readonly processId: string;
  /** Host pid. */
  readonly pid: number;
  readonly terminal: boolean;
  /** Present once it has ended and its output is drained. */
  readonly exit?: ProcessExit;
}

/** The container and its processes. */
export interface ShimState {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
  readonly status: "created" | "running" | "paused" | "stopped";
  readonly processes: readonly ProcessState[];
}

/** How a client attaches. */
export interface AttachParams {
  readonly processId: string;
  /** Whether frames of standard input may be sent. @default true */
  readonly stdin?: boolean;
  /** Whether output is wanted. @default true */
  readonly output?: boolean;
  /**
   * What happens when the client does not read: `detach` closes its connection once 4 MiB wait for it, `wait` holds
   * the process back, as a pipe does.
   *
   * @default "detach"
   */
  readonly whenSlow?: "detach" | "wait";
}

/** What an exec needs. */
export interface ExecParams extends StdioDocument {
  /** Name of the process and of its directory; same characters as a container's id. */
  readonly processId: string;
  /** What is executed. */
  readonly process: Process;
}

/** An executed process. */
export interface ExecResult {
  readonly processId: string;
  readonly pid: number;
}

/** What an attached client is told first. */
export interface AttachResult {
  readonly processId: string;
  readonly terminal: boolean;
}

/** Limits as config.json writes them; what is absent stays as it is. */
export type Resources = LinuxResources;

/** The methods: what each takes and gives. */
export interface ShimMethods {
  readonly start: { readonly params: object; readonly result: object };
  readonly state: { readonly params: object; readonly result: ShimState };
  readonly exec: { readonly params: ExecParams; readonly result: ExecResult };
  /** The connection carries frames after the result. */
  readonly attach: { readonly params: AttachParams; readonly result: AttachResult };
  /** An exec whose output is attached to from its first byte; the connection carries frames after the result. */
  readonly execAttached: {
    readonly params: ExecParams & Omit<AttachParams, "processId">;
    readonly result: ExecResult & AttachResult;
  };
  /** Sends a signal to a process; with `all` to every process of the container. */
  readonly kill: {
    readonly params: {
      readonly processId: string;
      readonly signal: string | number;
      readonly all?: boolean;
    };
    readonly result: object;
  };
  readonly resize: {
    readonly params: {
      readonly processId: string;
      readonly columns: number;
      readonly rows: number;
    };
    readonly result: object;
  };
  readonly closeStdin: { readonly params: { readonly processId: string }; readonly result: object };
  /** Answers when the process has ended. */
  readonly wait: {
    readonly params: { readonly processId: string };
    readonly result: ProcessExit;
  };
  /** Host pids of every process of the container. */
  readonly pids: { readonly params: object; readonly result: { readonly pids: readonly number[] } };
  /** What the container has used so far. Counts can be larger than 2^53: see {@linkcode parseExact}. */
  readonly stats: { readonly params: object; readonly result: ContainerFigures };
  readonly pause: { readonly params: object; readonly result: object };
  readonly resume: { readonly params: object; readonly result: object };
  readonly update: {
    readonly params: { readonly resources: Resources };
    readonly result: object;
  };
  /** Opens the log files anew, after somebody has renamed them. */
  readonly reopenLogs: { readonly params: object; readonly result: object };
  /** Removes an ended exec and its directory. */
  readonly deleteProcess: {
    readonly params: { readonly processId: string };
    readonly result: ProcessExit;
  };
  /** Deletes the container and the shim's files; then the shim ends. With `force` a running container is killed. */
  readonly delete: {
    readonly params: { readonly force?: boolean };
    readonly result: object;
  };
}

/** The name of a method. */
export type ShimMethod = keyof ShimMethods;

/** A line from a client. */
export interface RequestLine {
  /** Chosen by the client; the answer carries it. */
  readonly id: number;
  readonly method: ShimMethod;
  readonly params?: object;
}

/** What a shim tells without being asked. */
export type ShimEvent =
  | { readonly event: "exited"; readonly params: ProcessExit }
  | { readonly event: "oom"; readonly params: OomEvent };

/** A line from a shim. */
export type ShimLine =
  | { readonly hello: Hello }
  | ShimEvent
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly error: ErrorDocument }
  /** The line before was not understood; the shim closes the connection. */
  | { readonly error: ErrorDocument };

/** First byte of a frame. */
export const frameTypes = {
  /** Client to shim; an empty payload closes the standard input. */
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** Shim to client; the payload is a {@linkcode ProcessExit} in JSON. The last frame. */
  exit: 3,
} as const;

/** Bytes before a frame's payload: type, three zeros, length as big-endian 32 bits; docker's stream format. */
export const frameHeaderLength = 8;

/** Writes the header of a frame. */
export function frameHeader(type: number, payloadLength: number): Uint8Array {
  const header = new Uint8Array(frameHeaderLength);
  header[0] = type;
  new DataView(header.buffer).setUint32(4, payloadLength);
  return header;
}
