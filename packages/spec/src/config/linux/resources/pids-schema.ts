import type { z } from "zod";
import { int64, objectOf } from "../../../schema-parts.ts";
import type { LinuxPids } from "./pids.ts";

/** Schema of {@linkcode LinuxPids}. */
export const linuxPidsSchema: z.ZodType<LinuxPids> = objectOf<LinuxPids>()({
  limit: int64,
});
