import { z } from "zod";
import { type SchemaOf, strings } from "../schema-parts.ts";
import type { Capabilities } from "./capabilities.ts";

/** Schema of {@linkcode Capabilities}. */
export const capabilitiesSchema: z.ZodType<Capabilities> = z.looseObject({
  bounding: strings.exactOptional(),
  permitted: strings.exactOptional(),
  effective: strings.exactOptional(),
  inheritable: strings.exactOptional(),
  ambient: strings.exactOptional(),
} satisfies SchemaOf<Capabilities>);
