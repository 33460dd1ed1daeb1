import { z } from "zod";
import {
  type Container,
  type ContainerFilter,
  type ContainerList,
  type CreateContainerRequest,
  containerStatuses,
  type DeleteContainerOptions,
  type StopRequest,
} from "./container.ts";
import { containerProcessSchema, processExitSchema, stdioFields } from "./process-schema.ts";
import {
  absolutePath,
  argument,
  booleanParameter,
  hostId,
  idSchema,
  milliseconds,
  repeatedParameter,
  type SchemaOf,
  signalSchema,
  timestamp,
} from "./schema-parts.ts";

const labelsSchema: z.ZodType<Readonly<Record<string, string>>> = z.record(
  z.string().min(1).max(256),
  z.string().max(4096),
);
const runtimeSchema: z.ZodType<string> = argument.refine(
  (text) => text.length > 0 && !text.startsWith("-"),
  "must be the name or the path of a runtime",
);

/** Schema of {@linkcode CreateContainerRequest}. */
export const createContainerRequestSchema: z.ZodType<CreateContainerRequest> = z
  .strictObject({
    ...stdioFields,
    id: idSchema,
    bundle: absolutePath,
    runtime: runtimeSchema.exactOptional(),
    runtimeArgs: z.array(argument).exactOptional(),
    labels: labelsSchema.exactOptional(),
    terminal: z.boolean().exactOptional(),
    start: z.boolean().exactOptional(),
    removeOnExit: z.boolean().exactOptional(),
    noPivotRoot: z.boolean().exactOptional(),
    noNewKeyring: z.boolean().exactOptional(),
    rootUID: hostId.exactOptional(),
    rootGID: hostId.exactOptional(),
  } satisfies SchemaOf<CreateContainerRequest>)
  .meta({ id: "CreateContainerRequest", description: "What a container is made of." });

/** Schema of {@linkcode Container}. */
export const containerSchema: z.ZodType<Container> = z
  .strictObject({
    id: idSchema,
    bundle: absolutePath,
    runtime: z.string(),
    status: z.enum(containerStatuses),
    labels: labelsSchema,
    created: timestamp,
    started: timestamp.exactOptional(),
    removeOnExit: z.boolean(),
    processes: z.array(containerProcessSchema),
    exit: processExitSchema.exactOptional(),
    logPath: absolutePath.exactOptional(),
  } satisfies SchemaOf<Container>)
  .meta({ id: "Container", description: "A container as the daemon knows it." });

/** Schema of {@linkcode ContainerList}. */
export const containerListSchema: z.ZodType<ContainerList> = z
  .strictObject({ containers: z.array(containerSchema) } satisfies SchemaOf<ContainerList>)
  .meta({ id: "ContainerList" });

/** Schema of {@linkcode ContainerFilter}. */
export const containerFilterSchema: z.ZodType<ContainerFilter> = z.strictObject({
  id: repeatedParameter(idSchema).exactOptional(),
  status: repeatedParameter(z.enum(containerStatuses)).exactOptional(),
  label: repeatedParameter(z.string().min(1)).exactOptional(),
} satisfies SchemaOf<ContainerFilter>);

/** Schema of {@linkcode DeleteContainerOptions}. */
export const deleteContainerOptionsSchema: z.ZodType<DeleteContainerOptions> = z.strictObject({
  force: booleanParameter.exactOptional(),
} satisfies SchemaOf<DeleteContainerOptions>);

/** Schema of {@linkcode StopRequest}. */
export const stopRequestSchema: z.ZodType<StopRequest> = z
  .strictObject({
    signal: signalSchema.exactOptional(),
    timeoutMs: milliseconds.exactOptional(),
  } satisfies SchemaOf<StopRequest>)
  .meta({ id: "StopRequest" });
