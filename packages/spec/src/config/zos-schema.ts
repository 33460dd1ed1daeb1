import { z } from "zod";
import { objectOf } from "../schema-parts.ts";
import { type Zos, type ZosNamespace, zosNamespaceTypes } from "./zos.ts";

/** Schema of {@linkcode ZosNamespace}. */
export const zosNamespaceSchema: z.ZodType<ZosNamespace> = objectOf<ZosNamespace>()({
  type: z.enum(zosNamespaceTypes),
  path: z.string().exactOptional(),
});

/** Schema of {@linkcode Zos}. */
export const zosSchema: z.ZodType<Zos> = objectOf<Zos>()({
  namespaces: z.array(zosNamespaceSchema).exactOptional(),
});
