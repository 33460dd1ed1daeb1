import { z } from "zod";
import { type SchemaOf, uint32 } from "../../../schema-parts.ts";
import type { LinuxInterfacePriority, LinuxNetwork } from "./network.ts";

/** Schema of {@linkcode LinuxInterfacePriority}. */
export const linuxInterfacePrioritySchema: z.ZodType<LinuxInterfacePriority> = z.looseObject({
  name: z.string(),
  priority: uint32,
} satisfies SchemaOf<LinuxInterfacePriority>);

/** Schema of {@linkcode LinuxNetwork}. */
export const linuxNetworkSchema: z.ZodType<LinuxNetwork> = z.looseObject({
  classID: uint32.exactOptional(),
  priorities: z.array(linuxInterfacePrioritySchema).exactOptional(),
} satisfies SchemaOf<LinuxNetwork>);
