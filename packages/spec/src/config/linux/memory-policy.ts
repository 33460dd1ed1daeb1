/** The NUMA memory policy modes. */
export const memoryPolicyModes = [
  "MPOL_DEFAULT",
  "MPOL_BIND",
  "MPOL_INTERLEAVE",
  "MPOL_WEIGHTED_INTERLEAVE",
  "MPOL_PREFERRED",
  "MPOL_PREFERRED_MANY",
  "MPOL_LOCAL",
] as const;

/** A name of {@linkcode memoryPolicyModes}. */
export type MemoryPolicyMode = (typeof memoryPolicyModes)[number];

/** The NUMA memory policy flags. */
export const memoryPolicyFlags = [
  "MPOL_F_NUMA_BALANCING",
  "MPOL_F_RELATIVE_NODES",
  "MPOL_F_STATIC_NODES",
] as const;

/** A name of {@linkcode memoryPolicyFlags}. */
export type MemoryPolicyFlag = (typeof memoryPolicyFlags)[number];

/**
 * NUMA memory policy of the container.
 *
 * @since 1.3.0
 * @see config-linux.md, "Memory policy"
 * @see set_mempolicy(2)
 */
export interface LinuxMemoryPolicy {
  /** Mode. The prose requires it. */
  readonly mode?: MemoryPolicyMode;
  /** Memory nodes, a list as in `0-3,7`. MPOL_DEFAULT and MPOL_LOCAL take none. */
  readonly nodes?: string;
  /** Flags. */
  readonly flags?: readonly MemoryPolicyFlag[];
}
