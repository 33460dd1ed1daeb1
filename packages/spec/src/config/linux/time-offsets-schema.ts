import { z } from "zod";
import { int64, type SchemaOf, uint32 } from "../../schema-parts.ts";
import type { LinuxTimeOffset, LinuxTimeOffsets } from "./time-offsets.ts";

/** Schema of {@linkcode LinuxTimeOffset}. */
export const linuxTimeOffsetSchema: z.ZodType<LinuxTimeOffset> = z.looseObject({
  secs: int64.exactOptional(),
  nanosecs: uint32.exactOptional(),
} satisfies SchemaOf<LinuxTimeOffset>);

/** Schema of {@linkcode LinuxTimeOffsets}. */
export const linuxTimeOffsetsSchema: z.ZodType<LinuxTimeOffsets> = z.looseObject({
  boottime: linuxTimeOffsetSchema.exactOptional(),
  monotonic: linuxTimeOffsetSchema.exactOptional(),
} satisfies SchemaOf<LinuxTimeOffsets>);
