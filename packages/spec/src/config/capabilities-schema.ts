import type { z } from "zod";
import { objectOf, strings } from "../schema-parts.ts";
import type { Capabilities } from "./capabilities.ts";

/** Schema of {@linkcode Capabilities}. */
export const capabilitiesSchema: z.ZodType<Capabilities> = objectOf<Capabilities>()({
  bounding: strings.exactOptional(),
  permitted: strings.exactOptional(),
  effective: strings.exactOptional(),
  inheritable: strings.exactOptional(),
  ambient: strings.exactOptional(),
});
