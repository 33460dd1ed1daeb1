import { z } from "zod";
import { idSchema, type SchemaOf, timestamp } from "./schema-parts.ts";
import type { ContainerStats } from "./stats.ts";

/** A count of up to 64 bits, in a document of the API. */
const count = { type: "integer", minimum: 0 };
const group = (description: string, properties: object): object => ({
  type: "object",
  description,
  properties,
});
const usage = group("In bytes.", { limit: count, usage: count, max: count, failcnt: count });

/**
 * The figures come from the runtime, whichever that is, and are handed on as they are: no field is refused, and none is
 * promised. What is said of them is what bunc and runc tell.
 */
const figures: z.ZodType<ContainerStats["stats"]> = z
  .custom<ContainerStats["stats"]>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "must be an object",
  )
  .meta({
    type: "object",
    description:
      "As `data` of runc's `events --stats`; runtimes other than bunc and runc may leave things out. Counts can be larger than 2^53.",
    properties: {
      cpu: group("Times are in nanoseconds.", {
        usage: group("Since the container was made.", {
          total: count,
          kernel: count,
          user: count,
        }),
        throttling: group("What a quota did.", {
          periods: count,
          throttledPeriods: count,
          throttledTime: count,
        }),
      }),
      memory: group("In bytes.", { cache: count, usage, swap: usage, kernel: usage }),
      pids: group("Number of tasks; without limit there is none.", {
        current: count,
        limit: count,
      }),
      blkio: { type: "object", description: "By device and operation." },
      hugetlb: { type: "object", description: "By page size." },
    },
  });

/** Schema of {@linkcode ContainerStats}. */
export const containerStatsSchema: z.ZodType<ContainerStats> = z
  .strictObject({
    id: idSchema,
    readAt: timestamp,
    stats: figures,
  } satisfies SchemaOf<ContainerStats>)
  .meta({ id: "ContainerStats", description: "What a container has used so far." });
