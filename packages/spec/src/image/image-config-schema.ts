import { z } from "zod";
import { formatted, objectMap, objectOf, stringMap, strings } from "../schema-parts.ts";
import type { ImageConfig, ImageExecution, ImageHistory, ImageRootfs } from "./image-config.ts";

/** Schema of {@linkcode ImageExecution}. */
export const imageExecutionSchema: z.ZodType<ImageExecution> = objectOf<ImageExecution>()({
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
});

/** Schema of {@linkcode ImageRootfs}. */
export const imageRootfsSchema: z.ZodType<ImageRootfs> = objectOf<ImageRootfs>()({
  type: z.enum(["layers"]),
  diff_ids: strings,
});

/** Schema of {@linkcode ImageHistory}. */
export const imageHistorySchema: z.ZodType<ImageHistory> = objectOf<ImageHistory>()({
  created: formatted("date-time").exactOptional(),
  author: z.string().exactOptional(),
  created_by: z.string().exactOptional(),
  comment: z.string().exactOptional(),
  empty_layer: z.boolean().exactOptional(),
});

/** Schema of {@linkcode ImageConfig}. */
export const imageConfigSchema: z.ZodType<ImageConfig> = objectOf<ImageConfig>()({
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
});
