import { z } from "zod";
import { positiveInteger, type SchemaOf, strings } from "../schema-parts.ts";
import type { Hook, Hooks } from "./hooks.ts";

/** Schema of {@linkcode Hook}. */
export const hookSchema: z.ZodType<Hook> = z.looseObject({
  path: z.string(),
  args: strings.exactOptional(),
  env: strings.exactOptional(),
  timeout: positiveInteger.exactOptional(),
} satisfies SchemaOf<Hook>);

const hooks = z.array(hookSchema).exactOptional();

/** Schema of {@linkcode Hooks}. */
export const hooksSchema: z.ZodType<Hooks> = z.looseObject({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
} satisfies SchemaOf<Hooks>);
