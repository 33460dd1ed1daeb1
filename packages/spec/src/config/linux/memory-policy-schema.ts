import { z } from "zod";
import { objectOf } from "../../schema-parts.ts";
import { type LinuxMemoryPolicy, memoryPolicyFlags, memoryPolicyModes } from "./memory-policy.ts";

/** Schema of {@linkcode LinuxMemoryPolicy}. */
export const linuxMemoryPolicySchema: z.ZodType<LinuxMemoryPolicy> = objectOf<LinuxMemoryPolicy>()({
  mode: z.enum(memoryPolicyModes).exactOptional(),
  nodes: z.string().exactOptional(),
  flags: z.array(z.enum(memoryPolicyFlags)).exactOptional(),
});
