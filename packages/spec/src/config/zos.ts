/** The namespace types of z/OS. */
export const zosNamespaceTypes = ["mount", "pid", "uts", "ipc"] as const;

/** A name of {@linkcode zosNamespaceTypes}. */
export type ZosNamespaceType = (typeof zosNamespaceTypes)[number];

/**
 * Configuration of a z/OS container.
 *
 * @since 1.1.0
 * @see config-zos.md
 */
export interface Zos {
  /**
   * Namespaces to make or to join, each type at most once.
   *
   * @since 1.2.1
   */
  readonly namespaces?: readonly ZosNamespace[];
}

/**
 * @since 1.2.1
 * @see config-zos.md, "Namespaces"
 */
export interface ZosNamespace {
  /** Namespace type. */
  readonly type: ZosNamespaceType;
  /** Namespace file to join, absolute. Default: a new namespace. */
  readonly path?: string;
}
