import type { Annotations } from "./config/config.ts";

/** The states that the specification gives a container. */
export const containerStatuses = ["creating", "created", "running", "stopped"] as const;

/** A name of {@linkcode containerStatuses}. Runtimes may add their own, such as runc's `paused`. */
export type ContainerStatus = (typeof containerStatuses)[number];

/**
 * The state of a container, as `state` prints it and hooks get it.
 *
 * @see runtime.md, "State"
 */
export interface State {
  /** Version of the specification that the state complies with. */
  readonly ociVersion: string;
  /** The container's id. */
  readonly id: string;
  /** What the container is doing. */
  readonly status: ContainerStatus;
  /** Process id of the container's first process in the runtime's pid namespace; 0 or absent: none. */
  readonly pid?: number;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** The annotations of the configuration. */
  readonly annotations?: Annotations;
}

/** Name, in {@linkcode ContainerProcessState.fds}, of the seccomp notify descriptor. */
export const seccompFdName = "seccompFd";

/**
 * What a runtime sends to the seccomp agent's socket, the descriptors beside it by SCM_RIGHTS.
 *
 * @since 1.1.0
 * @see config-linux.md, "The Container Process State"
 */
export interface ContainerProcessState {
  /** Version of the specification that the document complies with. */
  readonly ociVersion: string;
  /** Names of the descriptors in the order in which they are passed. */
  readonly fds?: readonly string[];
  /** Process id of the container's process as the runtime sees it. */
  readonly pid: number;
  /** The configuration's `listenerMetadata`. */
  readonly metadata?: string;
  /** State of the container. */
  readonly state: State;
}
