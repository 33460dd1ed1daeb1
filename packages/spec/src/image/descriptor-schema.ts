import { z } from "zod";
import { formatted, naturalInt64, objectOf, stringMap } from "../schema-parts.ts";
import type { Descriptor, Platform } from "./descriptor.ts";

/** Schema of a media type, RFC 6838, section 4.2. */
export const mediaTypeSchema: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/);

/** Schema of a digest, such as `sha256:` and 64 hexadecimal digits. */
export const digestSchema: z.ZodType<string> = z
  .string()
  .regex(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/);

/** Schema of {@linkcode Descriptor}. */
export const descriptorSchema: z.ZodType<Descriptor> = objectOf<Descriptor>()({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: naturalInt64,
  urls: z.array(formatted("uri")).exactOptional(),
  annotations: stringMap.exactOptional(),
  data: z.string().exactOptional(),
  artifactType: mediaTypeSchema.exactOptional(),
});

/** Schema of {@linkcode Platform}. */
export const platformSchema: z.ZodType<Platform> = objectOf<Platform>()({
  architecture: z.string(),
  os: z.string(),
  "os.version": z.string().exactOptional(),
  "os.features": z.array(z.string()).exactOptional(),
  variant: z.string().exactOptional(),
});
