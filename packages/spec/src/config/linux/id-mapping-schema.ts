import type { z } from "zod";
import { objectOf, uint32 } from "../../schema-parts.ts";
import type { LinuxIdMapping } from "./id-mapping.ts";

/** Schema of {@linkcode LinuxIdMapping}. */
export const linuxIdMappingSchema: z.ZodType<LinuxIdMapping> = objectOf<LinuxIdMapping>()({
  containerID: uint32,
  hostID: uint32,
  size: uint32,
});
