/** The execution domains. */
export const personalityDomains = ["LINUX", "LINUX32"] as const;

/** A name of {@linkcode personalityDomains}. */
export type PersonalityDomain = (typeof personalityDomains)[number];

/**
 * Execution personality of the process.
 *
 * @since 1.0.2
 * @see config-linux.md, "Personality"
 * @see personality(2)
 */
export interface LinuxPersonality {
  /** Domain; `LINUX32` makes uname(2) show a 32-bit machine. The prose requires it. */
  readonly domain?: PersonalityDomain;
  /** No flag is defined yet. */
  readonly flags?: readonly string[];
}
