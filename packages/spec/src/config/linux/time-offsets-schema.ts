import type { z } from "zod";
import { int64, objectOf, uint32 } from "../../schema-parts.ts";
import type { LinuxTimeOffset, LinuxTimeOffsets } from "./time-offsets.ts";

/** Schema of {@linkcode LinuxTimeOffset}. */
export const linuxTimeOffsetSchema: z.ZodType<LinuxTimeOffset> = objectOf<LinuxTimeOffset>()({
  secs: int64.exactOptional(),
  nanosecs: uint32.exactOptional(),
});

/** Schema of {@linkcode LinuxTimeOffsets}. */
export const linuxTimeOffsetsSchema: z.ZodType<LinuxTimeOffsets> = objectOf<LinuxTimeOffsets>()({
  boottime: linuxTimeOffsetSchema.exactOptional(),
  monotonic: linuxTimeOffsetSchema.exactOptional(),
});
