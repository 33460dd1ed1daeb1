/** The points at which hooks run, in the order in which they come. */
export const hookNames = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;

/** A name of {@linkcode hookNames}. */
export type HookName = (typeof hookNames)[number];

/**
 * Programs to run at points of the container's life, in the listed order. Each gets the container's
 * state as JSON on its standard input.
 *
 * @see config.md, "POSIX-platform Hooks"
 */
export interface Hooks {
  /**
   * In `create`, in the runtime's namespaces, before {@linkcode Hooks.createRuntime}.
   *
   * @deprecated since 1.0.2: use `createRuntime`, `createContainer` or `startContainer`.
   */
  readonly prestart?: readonly Hook[];
  /**
   * In `create`, in the runtime's namespaces, when the container's exist and before pivot_root.
   *
   * @since 1.0.2
   */
  readonly createRuntime?: readonly Hook[];
  /**
   * In `create`, in the container's namespaces, before pivot_root; the path is the runtime's.
   *
   * @since 1.0.2
   */
  readonly createContainer?: readonly Hook[];
  /**
   * In `start`, in the container's namespaces and root, before the process is executed.
   *
   * @since 1.0.2
   */
  readonly startContainer?: readonly Hook[];
  /** In `start`, in the runtime's namespaces, when the process has been executed. */
  readonly poststart?: readonly Hook[];
  /** In `delete`, in the runtime's namespaces, when the container is gone. */
  readonly poststop?: readonly Hook[];
}

/**
 * One program of {@linkcode Hooks}.
 *
 * @see config.md, "POSIX-platform Hooks"
 */
export interface Hook {
  /** Executable, absolute. */
  readonly path: string;
  /** `execv`'s argv, the program's own name first. Default: the path alone. */
  readonly args?: readonly string[];
  /** Environment, each entry `NAME=value`. Default: empty. */
  readonly env?: readonly string[];
  /** Seconds after which the hook is ended; greater than 0. Default: none. */
  readonly timeout?: number;
}
