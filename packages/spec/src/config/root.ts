/**
 * The root file system of a container.
 *
 * @see config.md, "Root"
 */
export interface Root {
  /**
   * Directory of the root file system: absolute, or relative to the bundle. By convention
   * `rootfs`. On Windows a volume GUID path.
   */
  readonly path: string;
  /** Whether the root file system is read-only inside the container. Default: `false`. */
  readonly readonly?: boolean;
}
