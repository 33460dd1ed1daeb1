import { z } from "zod";
import { objectOf, strings } from "../schema-parts.ts";
import { linuxIdMappingSchema } from "./linux/id-mapping-schema.ts";
import type { Mount } from "./mount.ts";

/** Schema of {@linkcode Mount}. */
export const mountSchema: z.ZodType<Mount> = objectOf<Mount>()({
  destination: z.string(),
  source: z.string().exactOptional(),
  options: strings.exactOptional(),
  type: z.string().exactOptional(),
  uidMappings: z.array(linuxIdMappingSchema).exactOptional(),
  gidMappings: z.array(linuxIdMappingSchema).exactOptional(),
});
