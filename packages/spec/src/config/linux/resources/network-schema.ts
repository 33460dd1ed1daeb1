import { z } from "zod";
import { objectOf, uint32 } from "../../../schema-parts.ts";
import type { LinuxInterfacePriority, LinuxNetwork } from "./network.ts";

/** Schema of {@linkcode LinuxInterfacePriority}. */
export const linuxInterfacePrioritySchema: z.ZodType<LinuxInterfacePriority> =
  objectOf<LinuxInterfacePriority>()({
    name: z.string(),
    priority: uint32,
  });

/** Schema of {@linkcode LinuxNetwork}. */
export const linuxNetworkSchema: z.ZodType<LinuxNetwork> = objectOf<LinuxNetwork>()({
  classID: uint32.exactOptional(),
  priorities: z.array(linuxInterfacePrioritySchema).exactOptional(),
});
