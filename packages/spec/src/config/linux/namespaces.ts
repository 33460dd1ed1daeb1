/** The namespace types of Linux. */
export const linuxNamespaceTypes = [
  "mount",
  "pid",
  "network",
  "uts",
  "ipc",
  "user",
  "cgroup",
  "time",
] as const;

/** A name of {@linkcode linuxNamespaceTypes}; `time` since 1.1.0. */
export type LinuxNamespaceType = (typeof linuxNamespaceTypes)[number];

/**
 * A namespace of the container.
 *
 * @see config-linux.md, "Namespaces"
 * @see namespaces(7)
 */
export interface LinuxNamespace {
  /** Namespace type. */
  readonly type: LinuxNamespaceType;
  /**
   * Namespace file to join, absolute in the runtime's mount namespace, of the same type.
   * Default: a new namespace.
   */
  readonly path?: string;
}
