import { z } from "zod";
import { objectOf, stringMap } from "../schema-parts.ts";
import type { Config } from "./config.ts";
import { freeBsdSchema } from "./freebsd-schema.ts";
import { hooksSchema } from "./hooks-schema.ts";
import { linuxSchema } from "./linux/linux-schema.ts";
import { mountSchema } from "./mount-schema.ts";
import { processSchema } from "./process-schema.ts";
import { rootSchema } from "./root-schema.ts";
import { solarisSchema } from "./solaris-schema.ts";
import { vmSchema } from "./vm-schema.ts";
import { windowsSchema } from "./windows-schema.ts";
import { zosSchema } from "./zos-schema.ts";

/** Schema of {@linkcode Config}. */
export const configSchema: z.ZodType<Config> = objectOf<Config>()({
  ociVersion: z.string(),
  hooks: hooksSchema.exactOptional(),
  annotations: stringMap.exactOptional(),
  hostname: z.string().exactOptional(),
  domainname: z.string().exactOptional(),
  mounts: z.array(mountSchema).exactOptional(),
  root: rootSchema.exactOptional(),
  process: processSchema.exactOptional(),
  linux: linuxSchema.exactOptional(),
  solaris: solarisSchema.exactOptional(),
  windows: windowsSchema.exactOptional(),
  vm: vmSchema.exactOptional(),
  zos: zosSchema.exactOptional(),
  freebsd: freeBsdSchema.exactOptional(),
});
