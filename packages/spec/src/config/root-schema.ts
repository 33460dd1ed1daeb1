import { z } from "zod";
import { objectOf } from "../schema-parts.ts";
import type { Root } from "./root.ts";

/** Schema of {@linkcode Root}. */
export const rootSchema: z.ZodType<Root> = objectOf<Root>()({
  path: z.string(),
  readonly: z.boolean().exactOptional(),
});
