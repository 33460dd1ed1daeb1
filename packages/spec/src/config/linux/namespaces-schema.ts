import { z } from "zod";
import type { SchemaOf } from "../../schema-parts.ts";
import { type LinuxNamespace, linuxNamespaceTypes } from "./namespaces.ts";

/** Schema of {@linkcode LinuxNamespace}. */
export const linuxNamespaceSchema: z.ZodType<LinuxNamespace> = z.looseObject({
  type: z.enum(linuxNamespaceTypes),
  path: z.string().exactOptional(),
} satisfies SchemaOf<LinuxNamespace>);
