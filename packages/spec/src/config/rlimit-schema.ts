import { z } from "zod";
import { objectOf, uint64 } from "../schema-parts.ts";
import { type Rlimit, rlimitTypes } from "./rlimit.ts";

/** Schema of {@linkcode Rlimit}. */
export const rlimitSchema: z.ZodType<Rlimit> = objectOf<Rlimit>()({
  type: z
    .string()
    .regex(/^RLIMIT_[A-Z]+$/)
    .meta({ examples: [...rlimitTypes] }),
  hard: uint64,
  soft: uint64,
});
