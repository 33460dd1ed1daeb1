/** The mount propagation types of the root file system. */
export const rootfsPropagations = ["private", "shared", "slave", "unbindable"] as const;

/**
 * Mount propagation of the root file system.
 *
 * @see config-linux.md, "Rootfs Mount Propagation"
 */
export type RootfsPropagation = (typeof rootfsPropagations)[number];
