import { z } from "zod";
import { int64, type SchemaOf } from "../../../schema-parts.ts";
import type { LinuxPids } from "./pids.ts";

/** Schema of {@linkcode LinuxPids}. */
export const linuxPidsSchema: z.ZodType<LinuxPids> = z.looseObject({
  limit: int64,
} satisfies SchemaOf<LinuxPids>);
