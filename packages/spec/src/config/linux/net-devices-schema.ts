import { z } from "zod";
import type { SchemaOf } from "../../schema-parts.ts";
import type { LinuxNetDevice } from "./net-devices.ts";

/** Schema of {@linkcode LinuxNetDevice}. */
export const linuxNetDeviceSchema: z.ZodType<LinuxNetDevice> = z.looseObject({
  name: z.string().exactOptional(),
} satisfies SchemaOf<LinuxNetDevice>);
