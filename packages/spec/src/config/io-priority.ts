/** The I/O scheduling classes. */
export const ioPriorityClasses = [
  "IOPRIO_CLASS_RT",
  "IOPRIO_CLASS_BE",
  "IOPRIO_CLASS_IDLE",
] as const;

/** A name of {@linkcode ioPriorityClasses}. */
export type IoPriorityClass = (typeof ioPriorityClasses)[number];

/**
 * I/O priority of a process.
 *
 * @since 1.1.0
 * @see config.md, "Linux Process", `ioPriority`
 * @see ioprio_set(2)
 */
export interface IoPriority {
  /** Scheduling class. */
  readonly class: IoPriorityClass;
  /** Level in the class, 0 (highest) to 7 (lowest). Runtimes take absent as 0. */
  readonly priority?: number;
}
