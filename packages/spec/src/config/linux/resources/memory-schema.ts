import { z } from "zod";
import { int64, objectOf, uint64 } from "../../../schema-parts.ts";
import type { LinuxMemory } from "./memory.ts";

/** Schema of {@linkcode LinuxMemory}. */
export const linuxMemorySchema: z.ZodType<LinuxMemory> = objectOf<LinuxMemory>()({
  limit: int64.exactOptional(),
  reservation: int64.exactOptional(),
  swap: int64.exactOptional(),
  kernel: int64.exactOptional(),
  kernelTCP: int64.exactOptional(),
  swappiness: uint64.exactOptional(),
  disableOOMKiller: z.boolean().exactOptional(),
  useHierarchy: z.boolean().exactOptional(),
  checkBeforeUpdate: z.boolean().exactOptional(),
});
