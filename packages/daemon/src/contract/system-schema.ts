import { z } from "zod";
import { absolutePath, hostPid, type SchemaOf, timestamp } from "./schema-parts.ts";
import type { Health, VersionInfo } from "./system.ts";

/** Schema of {@linkcode VersionInfo}. */
export const versionInfoSchema: z.ZodType<VersionInfo> = z
  .strictObject({
    version: z.string(),
    api: z.literal("v1"),
    bun: z.string(),
    platform: z.string(),
    architecture: z.string(),
    kernel: z.string(),
  } satisfies SchemaOf<VersionInfo>)
  .meta({ id: "VersionInfo" });

/** Schema of {@linkcode Health}. */
export const healthSchema: z.ZodType<Health> = z
  .strictObject({
    status: z.enum(["starting", "ok"]),
    pid: hostPid,
    started: timestamp,
    containers: z.int().min(0),
    spareShims: z.int().min(0),
    stateDirectory: absolutePath,
    root: absolutePath,
  } satisfies SchemaOf<Health>)
  .meta({ id: "Health" });
