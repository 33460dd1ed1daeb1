import { z } from "zod";
import type { SchemaOf } from "../schema-parts.ts";
import { type Zos, type ZosNamespace, zosNamespaceTypes } from "./zos.ts";

/** Schema of {@linkcode ZosNamespace}. */
export const zosNamespaceSchema: z.ZodType<ZosNamespace> = z.looseObject({
  type: z.enum(zosNamespaceTypes),
  path: z.string().exactOptional(),
} satisfies SchemaOf<ZosNamespace>);

/** Schema of {@linkcode Zos}. */
export const zosSchema: z.ZodType<Zos> = z.looseObject({
  namespaces: z.array(zosNamespaceSchema).exactOptional(),
} satisfies SchemaOf<Zos>);
