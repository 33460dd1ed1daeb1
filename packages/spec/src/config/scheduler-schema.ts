import { z } from "zod";
import { int32, objectOf, uint64 } from "../schema-parts.ts";
import { type Scheduler, schedulerFlags, schedulerPolicies } from "./scheduler.ts";

/** Schema of {@linkcode Scheduler}. */
export const schedulerSchema: z.ZodType<Scheduler> = objectOf<Scheduler>()({
  policy: z.enum(schedulerPolicies),
  nice: int32.exactOptional(),
  priority: int32.exactOptional(),
  flags: z.array(z.enum(schedulerFlags)).exactOptional(),
  runtime: uint64.exactOptional(),
  deadline: uint64.exactOptional(),
  period: uint64.exactOptional(),
});
