import { z } from "zod";
import {
  formatted,
  int64,
  objectOf,
  schemaVersion,
  stringMap,
  unchecked,
} from "../schema-parts.ts";
import {
  descriptorSchema,
  digestSchema,
  mediaTypeSchema,
  platformSchema,
} from "./descriptor-schema.ts";
import type { ImageIndex, ManifestDescriptor } from "./image-index.ts";

/** Schema of {@linkcode ManifestDescriptor}; the published one looks at fewer fields here. */
export const manifestDescriptorSchema: z.ZodType<ManifestDescriptor> =
  objectOf<ManifestDescriptor>()({
    mediaType: mediaTypeSchema,
    digest: digestSchema,
    size: int64,
    urls: z.array(formatted("uri")).exactOptional(),
    annotations: stringMap.exactOptional(),
    data: unchecked<string>().exactOptional(),
    artifactType: unchecked<string>().exactOptional(),
    platform: platformSchema.exactOptional(),
  });

/** Schema of {@linkcode ImageIndex}. */
export const imageIndexSchema: z.ZodType<ImageIndex> = objectOf<ImageIndex>()({
  schemaVersion,
  mediaType: mediaTypeSchema.exactOptional(),
  artifactType: mediaTypeSchema.exactOptional(),
  manifests: z.array(manifestDescriptorSchema),
  subject: descriptorSchema.exactOptional(),
  annotations: stringMap.exactOptional(),
});
