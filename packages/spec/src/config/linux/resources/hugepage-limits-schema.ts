import { z } from "zod";
import { type SchemaOf, uint64 } from "../../../schema-parts.ts";
import type { LinuxHugepageLimit } from "./hugepage-limits.ts";

/** Schema of {@linkcode LinuxHugepageLimit}. */
export const linuxHugepageLimitSchema: z.ZodType<LinuxHugepageLimit> = z.looseObject({
  pageSize: z.string().regex(/^[1-9][0-9]*[KMG]B$/),
  limit: uint64,
} satisfies SchemaOf<LinuxHugepageLimit>);
