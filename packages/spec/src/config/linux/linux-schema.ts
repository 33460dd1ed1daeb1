import { z } from "zod";
import { mapOf, objectOf, stringMap, strings } from "../../schema-parts.ts";
import { linuxDeviceSchema } from "./devices-schema.ts";
import { linuxIdMappingSchema } from "./id-mapping-schema.ts";
import { linuxIntelRdtSchema } from "./intel-rdt-schema.ts";
import type { Linux } from "./linux.ts";
import { linuxMemoryPolicySchema } from "./memory-policy-schema.ts";
import { linuxNamespaceSchema } from "./namespaces-schema.ts";
import { linuxNetDeviceSchema } from "./net-devices-schema.ts";
import { linuxPersonalitySchema } from "./personality-schema.ts";
import { linuxResourcesSchema } from "./resources/resources-schema.ts";
import { rootfsPropagations } from "./rootfs-propagation.ts";
import { linuxSeccompSchema } from "./seccomp-schema.ts";
import { linuxTimeOffsetsSchema } from "./time-offsets-schema.ts";

/** Schema of {@linkcode Linux}. */
export const linuxSchema: z.ZodType<Linux> = objectOf<Linux>()({
  devices: z.array(linuxDeviceSchema).exactOptional(),
  netDevices: mapOf(linuxNetDeviceSchema).exactOptional(),
  uidMappings: z.array(linuxIdMappingSchema).exactOptional(),
  gidMappings: z.array(linuxIdMappingSchema).exactOptional(),
  namespaces: z.array(linuxNamespaceSchema).exactOptional(),
  resources: linuxResourcesSchema.exactOptional(),
  cgroupsPath: z.string().exactOptional(),
  rootfsPropagation: z.enum(rootfsPropagations).exactOptional(),
  seccomp: linuxSeccompSchema.exactOptional(),
  sysctl: stringMap.exactOptional(),
  maskedPaths: strings.exactOptional(),
  readonlyPaths: strings.exactOptional(),
  mountLabel: z.string().exactOptional(),
  intelRdt: linuxIntelRdtSchema.exactOptional(),
  memoryPolicy: linuxMemoryPolicySchema.exactOptional(),
  personality: linuxPersonalitySchema.exactOptional(),
  timeOffsets: linuxTimeOffsetsSchema.exactOptional(),
});
