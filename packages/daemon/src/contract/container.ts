import type { ContainerProcess, ProcessExit, StdioOptions } from "./process.ts";

/** The states that a container goes through. */
export const containerStatuses = [
  /** It is being made. */
  "creating",
  /** Its first process waits to be started. */
  "created",
  "running",
  /** Its processes are frozen. */
  "paused",
  /** Its first process has ended. */
  "stopped",
] as const;

/** One of {@linkcode containerStatuses}. */
export type ContainerStatus = (typeof containerStatuses)[number];

/** What a container is made of: the body of `POST /v1/containers`. */
export interface CreateContainerRequest extends StdioOptions {
  /** 1 to 1024 letters, digits, `_`, `+`, `-` and `.`, the first of them not a `.`. */
  readonly id: string;
  /** Absolute path of the directory that holds config.json. */
  readonly bundle: string;
  /** `bunc`, or the name or path of any OCI runtime. Default: what the daemon was started with. */
  readonly runtime?: string;
  /** Global arguments of the runtime, before its command. */
  readonly runtimeArgs?: readonly string[];
  /** Free values by key, to find containers by. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether the first process has a terminal. Default: what config.json says. */
  readonly terminal?: boolean;
  /** Whether the first process is started at once. @default false */
  readonly start?: boolean;
  /** Whether the container is deleted, with its logs, when its first process has ended. @default false */
  readonly removeOnExit?: boolean;
  /** Whether the runtime uses chroot(2) instead of pivot_root(2). @default false */
  readonly noPivotRoot?: boolean;
  /** Whether the container shares the session keyring of its shim. @default false */
  readonly noNewKeyring?: boolean;
  /** Host uid that owns the pipes: that of root in the container. @default 0 */
  readonly rootUID?: number;
  /** Host gid that owns the pipes. @default 0 */
  readonly rootGID?: number;
}

/** A container as the daemon knows it. */
export interface Container {
  readonly id: string;
  readonly bundle: string;
  readonly runtime: string;
  readonly status: ContainerStatus;
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339, UTC: when it was asked for. */
  readonly created: string;
  /** RFC 3339, UTC: when its first process was started. */
  readonly started?: string;
  /** Whether it is deleted when its first process ends. */
  readonly removeOnExit: boolean;
  /** Its processes: the first one, called `init`, and those executed in it. */
  readonly processes: readonly ContainerProcess[];
  /** How the first process ended. */
  readonly exit?: ProcessExit;
  /** Where the output of the first process is kept; absent when it is not. */
  readonly logPath?: string;
}

/** Answer of `GET /v1/containers`. */
export interface ContainerList {
  /** Sorted by id. */
  readonly containers: readonly Container[];
}

/** Which containers `GET /v1/containers` lists; those that meet every condition. */
export interface ContainerFilter {
  /** Any of these ids. */
  readonly id?: readonly string[];
  /** Any of these states. */
  readonly status?: readonly ContainerStatus[];
  /** All of these labels: `key` or `key=value`. */
  readonly label?: readonly string[];
}

/** How `DELETE /v1/containers/{id}` deletes. */
export interface DeleteContainerOptions {
  /** Whether a running container is killed first. @default false */
  readonly force?: boolean;
}

/** Body of `POST /v1/containers/{id}/stop`. */
export interface StopRequest {
  /** Name or number of the signal that asks the first process to end. @default "SIGTERM" */
  readonly signal?: string | number;
  /** How long it may take, in ms, before every process is killed. @default 10000 */
  readonly timeoutMs?: number;
}
