import { z } from "zod";
import { int32, objectOf } from "../schema-parts.ts";
import { type IoPriority, ioPriorityClasses } from "./io-priority.ts";

/** Schema of {@linkcode IoPriority}. */
export const ioPrioritySchema: z.ZodType<IoPriority> = objectOf<IoPriority>()({
  class: z.enum(ioPriorityClasses),
  priority: int32.exactOptional(),
});
