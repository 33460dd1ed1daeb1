import type { z } from "zod";
import { objectOf, uint32 } from "../../../schema-parts.ts";
import type { LinuxRdma } from "./rdma.ts";

/** Schema of {@linkcode LinuxRdma}. */
export const linuxRdmaSchema: z.ZodType<LinuxRdma> = objectOf<LinuxRdma>()({
  hcaHandles: uint32.exactOptional(),
  hcaObjects: uint32.exactOptional(),
});
