import { z } from "zod";
import { objectOf, strings } from "../../schema-parts.ts";
import { type LinuxPersonality, personalityDomains } from "./personality.ts";

/** Schema of {@linkcode LinuxPersonality}. */
export const linuxPersonalitySchema: z.ZodType<LinuxPersonality> = objectOf<LinuxPersonality>()({
  domain: z.enum(personalityDomains).exactOptional(),
  flags: strings.exactOptional(),
});
