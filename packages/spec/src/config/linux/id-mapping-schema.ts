import { z } from "zod";
import { type SchemaOf, uint32 } from "../../schema-parts.ts";
import type { LinuxIdMapping } from "./id-mapping.ts";

/** Schema of {@linkcode LinuxIdMapping}. */
export const linuxIdMappingSchema: z.ZodType<LinuxIdMapping> = z.looseObject({
  containerID: uint32,
  hostID: uint32,
  size: uint32,
} satisfies SchemaOf<LinuxIdMapping>);
