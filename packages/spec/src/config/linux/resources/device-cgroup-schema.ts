import { z } from "zod";
import { int64, objectOf } from "../../../schema-parts.ts";
import type { LinuxDeviceCgroup } from "./device-cgroup.ts";

/** Schema of {@linkcode LinuxDeviceCgroup}. */
export const linuxDeviceCgroupSchema: z.ZodType<LinuxDeviceCgroup> = objectOf<LinuxDeviceCgroup>()({
  allow: z.boolean(),
  type: z.string().exactOptional(),
  major: int64.exactOptional(),
  minor: int64.exactOptional(),
  access: z.string().exactOptional(),
});
