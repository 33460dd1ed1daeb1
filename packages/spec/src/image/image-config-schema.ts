import { z } from "zod";
import { formatted, objectMap, type SchemaOf, stringMap, strings } from "../schema-parts.ts";
import type { ImageConfig, ImageExecution, ImageHistory, ImageRootfs } from "./image-config.ts";

/** Schema of {@linkcode ImageExecution}. */
export const imageExecutionSchema: z.ZodType<ImageExecution> = z.looseObject({
  User: z.string().exactOptional(),
  ExposedPorts: objectMap.exactOptional(),
  Env: strings.exactOptional(),
  Entrypoint: strings.nullable().exactOptional(),
  Cmd: strings.nullable().exactOptional(),
  Volumes: objectMap.nullable().exactOptional(),
  WorkingDir: z.string().exactOptional(),
  Labels: stringMap.nullable().exactOptional(),
  StopSignal: z.string().exactOptional(),
  ArgsEscaped: z.boolean().exactOptional(),
} satisfies SchemaOf<ImageExecution>);

/** Schema of {@linkcode ImageRootfs}. */
export const imageRootfsSchema: z.ZodType<ImageRootfs> = z.looseObject({
  type: z.enum(["layers"]),
  diff_ids: strings,
} satisfies SchemaOf<ImageRootfs>);

/** Schema of {@linkcode ImageHistory}. */
export const imageHistorySchema: z.ZodType<ImageHistory> = z.looseObject({
  created: formatted("date-time").exactOptional(),
  author: z.string().exactOptional(),
  created_by: z.string().exactOptional(),
  comment: z.string().exactOptional(),
  empty_layer: z.boolean().exactOptional(),
} satisfies SchemaOf<ImageHistory>);

/** Schema of {@linkcode ImageConfig}. */
export const imageConfigSchema: z.ZodType<ImageConfig> = z.looseObject({
  created: formatted("date-time").exactOptional(),
  author: z.string().exactOptional(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
  os: z.string(),
  "os.version": z.string().exactOptional(),
  "os.features": strings.exactOptional(),
  config: imageExecutionSchema.exactOptional(),
  rootfs: imageRootfsSchema,
  history: z.array(imageHistorySchema).exactOptional(),
} satisfies SchemaOf<ImageConfig>);
