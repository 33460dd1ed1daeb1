import { z } from "zod";
import type { AttachClientMessage, AttachQuery, AttachServerMessage } from "./attach.ts";
import { problemSchema } from "./problem-schema.ts";
import { processExitSchema } from "./process-schema.ts";
import {
  booleanParameter,
  byteCount,
  countParameter,
  hostPid,
  idSchema,
  type SchemaOf,
  terminalLength,
} from "./schema-parts.ts";

/** Schema of {@linkcode AttachQuery}. */
export const attachQuerySchema: z.ZodType<AttachQuery> = z.strictObject({
  stdin: booleanParameter.exactOptional(),
  output: booleanParameter.exactOptional(),
  whenSlow: z.enum(["detach", "wait"]).exactOptional(),
  window: countParameter.refine((bytes) => bytes >= 4096, "must be at least 4096").exactOptional(),
} satisfies SchemaOf<AttachQuery>);

/** Schema of {@linkcode AttachClientMessage}. */
export const attachClientMessageSchema: z.ZodType<AttachClientMessage> = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("resize"), columns: terminalLength, rows: terminalLength }),
    z.strictObject({ type: z.literal("closeStdin") }),
    z.strictObject({ type: z.literal("read"), bytes: byteCount }),
  ])
  .meta({ id: "AttachClientMessage", description: "A text message from an attached client." });

/** Schema of {@linkcode AttachServerMessage}. */
export const attachServerMessageSchema: z.ZodType<AttachServerMessage> = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("attached"),
      processId: idSchema,
      terminal: z.boolean(),
      pid: hostPid.exactOptional(),
    }),
    z.strictObject({ type: z.literal("written"), bytes: byteCount }),
    z.strictObject({ type: z.literal("exit"), exit: processExitSchema }),
    z.strictObject({ type: z.literal("problem"), problem: problemSchema }),
  ])
  .meta({ id: "AttachServerMessage", description: "A text message to an attached client." });
