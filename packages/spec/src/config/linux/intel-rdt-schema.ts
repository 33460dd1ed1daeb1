import { z } from "zod";
import { objectOf, strings } from "../../schema-parts.ts";
import type { LinuxIntelRdt } from "./intel-rdt.ts";

/** Schema of {@linkcode LinuxIntelRdt}. */
export const linuxIntelRdtSchema: z.ZodType<LinuxIntelRdt> = objectOf<LinuxIntelRdt>()({
  closID: z.string().exactOptional(),
  schemata: strings.exactOptional(),
  l3CacheSchema: z.string().exactOptional(),
  memBwSchema: z
    .string()
    .regex(/^MB:[^\n]*$/)
    .exactOptional(),
  enableMonitoring: z.boolean().exactOptional(),
});
