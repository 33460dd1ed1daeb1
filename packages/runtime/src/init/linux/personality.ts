/** Execution domain. @see config-linux.md, "Personality"; personality(2) */

import type { LinuxPersonality } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, purpose } from "../steps.ts";

const PER_LINUX = 0;
const PER_LINUX32 = 8;

/** Sets the domain, which children and execve keep. */
export function personalitySteps(personality: LinuxPersonality | undefined): Step[] {
  if (personality === undefined) return [];
  const domain = personality.domain === "LINUX32" ? PER_LINUX32 : PER_LINUX;
  return [
    call(
      purpose("/linux/personality", `set the personality ${personality.domain}`),
      "personality",
      [domain],
    ),
  ];
}
