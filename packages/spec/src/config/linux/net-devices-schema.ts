import { z } from "zod";
import { objectOf } from "../../schema-parts.ts";
import type { LinuxNetDevice } from "./net-devices.ts";

/** Schema of {@linkcode LinuxNetDevice}. */
export const linuxNetDeviceSchema: z.ZodType<LinuxNetDevice> = objectOf<LinuxNetDevice>()({
  name: z.string().exactOptional(),
});
