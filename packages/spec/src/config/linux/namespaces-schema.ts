import { z } from "zod";
import { objectOf } from "../../schema-parts.ts";
import { type LinuxNamespace, linuxNamespaceTypes } from "./namespaces.ts";

/** Schema of {@linkcode LinuxNamespace}. */
export const linuxNamespaceSchema: z.ZodType<LinuxNamespace> = objectOf<LinuxNamespace>()({
  type: z.enum(linuxNamespaceTypes),
  path: z.string().exactOptional(),
});
