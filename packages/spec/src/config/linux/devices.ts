/** The types of a device file: character, block, unbuffered character (as `c`), FIFO. */
export const linuxDeviceTypes = ["c", "b", "u", "p"] as const;

/** A name of {@linkcode linuxDeviceTypes}. */
export type LinuxDeviceType = (typeof linuxDeviceTypes)[number];

/**
 * A device file inside the container.
 *
 * @see config-linux.md, "Devices"
 * @see mknod(2)
 */
export interface LinuxDevice {
  /** Type of the file. */
  readonly type: LinuxDeviceType;
  /** Where, inside the container, absolute; not only below `/dev`. */
  readonly path: string;
  /** Major number. The prose requires it unless the type is `p`. */
  readonly major?: number;
  /** Minor number. The prose requires it unless the type is `p`. */
  readonly minor?: number;
  /** File mode as a number, 0 to 511, so 438 is octal 0666. */
  readonly fileMode?: number;
  /** Owner in the container. */
  readonly uid?: number;
  /** Group in the container. */
  readonly gid?: number;
}
