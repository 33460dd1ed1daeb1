import { z } from "zod";
import { objectOf, uint64 } from "../../../schema-parts.ts";
import type { LinuxHugepageLimit } from "./hugepage-limits.ts";

/** Schema of {@linkcode LinuxHugepageLimit}. */
export const linuxHugepageLimitSchema: z.ZodType<LinuxHugepageLimit> =
  objectOf<LinuxHugepageLimit>()({
    pageSize: z.string().regex(/^[1-9][0-9]*[KMG]B$/),
    limit: uint64,
  });
