import { z } from "zod";
import { objectOf, positiveInteger, strings } from "../schema-parts.ts";
import type { Hook, Hooks } from "./hooks.ts";

/** Schema of {@linkcode Hook}. */
export const hookSchema: z.ZodType<Hook> = objectOf<Hook>()({
  path: z.string(),
  args: strings.exactOptional(),
  env: strings.exactOptional(),
  timeout: positiveInteger.exactOptional(),
});

const hooks = z.array(hookSchema).exactOptional();

/** Schema of {@linkcode Hooks}. */
export const hooksSchema: z.ZodType<Hooks> = objectOf<Hooks>()({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
});
