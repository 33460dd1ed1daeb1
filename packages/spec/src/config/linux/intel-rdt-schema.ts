import { z } from "zod";
import { type SchemaOf, strings } from "../../schema-parts.ts";
import type { LinuxIntelRdt } from "./intel-rdt.ts";

/** Schema of {@linkcode LinuxIntelRdt}. */
export const linuxIntelRdtSchema: z.ZodType<LinuxIntelRdt> = z.looseObject({
  closID: z.string().exactOptional(),
  schemata: strings.exactOptional(),
  l3CacheSchema: z.string().exactOptional(),
  memBwSchema: z
    .string()
    .regex(/^MB:[^\n]*$/)
    .exactOptional(),
  enableMonitoring: z.boolean().exactOptional(),
} satisfies SchemaOf<LinuxIntelRdt>);
