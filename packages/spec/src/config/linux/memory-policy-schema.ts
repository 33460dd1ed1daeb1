import { z } from "zod";
import type { SchemaOf } from "../../schema-parts.ts";
import { type LinuxMemoryPolicy, memoryPolicyFlags, memoryPolicyModes } from "./memory-policy.ts";

/** Schema of {@linkcode LinuxMemoryPolicy}. */
export const linuxMemoryPolicySchema: z.ZodType<LinuxMemoryPolicy> = z.looseObject({
  mode: z.enum(memoryPolicyModes).exactOptional(),
  nodes: z.string().exactOptional(),
  flags: z.array(z.enum(memoryPolicyFlags)).exactOptional(),
} satisfies SchemaOf<LinuxMemoryPolicy>);
