import { z } from "zod";
import type { SchemaOf } from "../schema-parts.ts";
import type { Root } from "./root.ts";

/** Schema of {@linkcode Root}. */
export const rootSchema: z.ZodType<Root> = z.looseObject({
  path: z.string(),
  readonly: z.boolean().exactOptional(),
} satisfies SchemaOf<Root>);
