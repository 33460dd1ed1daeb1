import { z } from "zod";
import { type SchemaOf, uint32 } from "../../../schema-parts.ts";
import type { LinuxRdma } from "./rdma.ts";

/** Schema of {@linkcode LinuxRdma}. */
export const linuxRdmaSchema: z.ZodType<LinuxRdma> = z.looseObject({
  hcaHandles: uint32.exactOptional(),
  hcaObjects: uint32.exactOptional(),
} satisfies SchemaOf<LinuxRdma>);
