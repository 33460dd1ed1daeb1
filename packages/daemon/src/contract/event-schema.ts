import { z } from "zod";
import { type ContainerEvent, type EventsQuery, eventTypes } from "./event.ts";
import {
  booleanParameter,
  countParameter,
  exitStatus,
  hostPid,
  idSchema,
  repeatedParameter,
  type SchemaOf,
  timeSchema,
  timestamp,
} from "./schema-parts.ts";

/** Schema of {@linkcode ContainerEvent}. */
export const containerEventSchema: z.ZodType<ContainerEvent> = z
  .strictObject({
    sequence: z.int().min(1),
    timestamp,
    type: z.enum(eventTypes),
    id: idSchema,
    pid: idSchema.exactOptional(),
    status: exitStatus.exactOptional(),
    systemPid: hostPid.exactOptional(),
  } satisfies SchemaOf<ContainerEvent>)
  .meta({ id: "ContainerEvent", description: "Something that happened to a container." });

/** Schema of {@linkcode EventsQuery}. */
export const eventsQuerySchema: z.ZodType<EventsQuery> = z.strictObject({
  since: timeSchema.exactOptional(),
  until: timeSchema.exactOptional(),
  after: countParameter.exactOptional(),
  follow: booleanParameter.exactOptional(),
  id: repeatedParameter(idSchema).exactOptional(),
  type: repeatedParameter(z.enum(eventTypes)).exactOptional(),
} satisfies SchemaOf<EventsQuery>);
