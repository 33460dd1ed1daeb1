import { z } from "zod";
import type { LogRecord, LogsQuery } from "./log.ts";
import {
  booleanParameter,
  countParameter,
  idSchema,
  type SchemaOf,
  timeSchema,
  timestamp,
} from "./schema-parts.ts";

/** Schema of {@linkcode LogRecord}. */
export const logRecordSchema: z.ZodType<LogRecord> = z
  .strictObject({
    timestamp: timestamp.exactOptional(),
    stream: z.enum(["stdout", "stderr"]),
    text: z.string().exactOptional(),
    base64: z.string().exactOptional(),
    partial: z.literal(true).exactOptional(),
  } satisfies SchemaOf<LogRecord>)
  .meta({ id: "LogRecord", description: "A line of a log, or a part of one." });

/** Schema of {@linkcode LogsQuery}. */
export const logsQuerySchema: z.ZodType<LogsQuery> = z.strictObject({
  processId: idSchema.exactOptional(),
  follow: booleanParameter.exactOptional(),
  tail: countParameter.exactOptional(),
  since: timeSchema.exactOptional(),
  until: timeSchema.exactOptional(),
  stdout: booleanParameter.exactOptional(),
  stderr: booleanParameter.exactOptional(),
  format: z.enum(["ndjson", "text"]).exactOptional(),
  timestamps: booleanParameter.exactOptional(),
} satisfies SchemaOf<LogsQuery>);
