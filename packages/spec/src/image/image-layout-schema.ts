import { z } from "zod";
import { objectOf } from "../schema-parts.ts";
import type { ImageLayout } from "./image-layout.ts";

/** Schema of {@linkcode ImageLayout}. */
export const imageLayoutSchema: z.ZodType<ImageLayout> = objectOf<ImageLayout>()({
  imageLayoutVersion: z.enum(["1.0.0"]),
});
