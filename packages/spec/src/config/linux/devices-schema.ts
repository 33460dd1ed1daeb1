import { z } from "zod";
import { fileMode, int64, objectOf, uint32 } from "../../schema-parts.ts";
import { type LinuxDevice, linuxDeviceTypes } from "./devices.ts";

/** Schema of {@linkcode LinuxDevice}. */
export const linuxDeviceSchema: z.ZodType<LinuxDevice> = objectOf<LinuxDevice>()({
  type: z.enum(linuxDeviceTypes),
  path: z.string(),
  major: int64.exactOptional(),
  minor: int64.exactOptional(),
  fileMode: fileMode.exactOptional(),
  uid: uint32.exactOptional(),
  gid: uint32.exactOptional(),
});
