import { z } from "zod";
import type { SchemaOf } from "../schema-parts.ts";
import type { ImageLayout } from "./image-layout.ts";

/** Schema of {@linkcode ImageLayout}. */
export const imageLayoutSchema: z.ZodType<ImageLayout> = z.looseObject({
  imageLayoutVersion: z.enum(["1.0.0"]),
} satisfies SchemaOf<ImageLayout>);
