import { z } from "zod";
import { type SchemaOf, strings } from "../../schema-parts.ts";
import { type LinuxPersonality, personalityDomains } from "./personality.ts";

/** Schema of {@linkcode LinuxPersonality}. */
export const linuxPersonalitySchema: z.ZodType<LinuxPersonality> = z.looseObject({
  domain: z.enum(personalityDomains).exactOptional(),
  flags: strings.exactOptional(),
} satisfies SchemaOf<LinuxPersonality>);
