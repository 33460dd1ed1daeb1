import { z } from "zod";
import { objectOf, schemaVersion, stringMap } from "../schema-parts.ts";
import { descriptorSchema, mediaTypeSchema } from "./descriptor-schema.ts";
import type { ImageManifest } from "./image-manifest.ts";

/** Schema of {@linkcode ImageManifest}. */
export const imageManifestSchema: z.ZodType<ImageManifest> = objectOf<ImageManifest>()({
  schemaVersion,
  mediaType: mediaTypeSchema.exactOptional(),
  artifactType: mediaTypeSchema.exactOptional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).min(1),
  subject: descriptorSchema.exactOptional(),
  annotations: stringMap.exactOptional(),
});
