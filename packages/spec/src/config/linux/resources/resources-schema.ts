import { z } from "zod";
import { mapOf, objectOf, stringMap } from "../../../schema-parts.ts";
import { linuxBlockIoSchema } from "./block-io-schema.ts";
import { linuxCpuSchema } from "./cpu-schema.ts";
import { linuxDeviceCgroupSchema } from "./device-cgroup-schema.ts";
import { linuxHugepageLimitSchema } from "./hugepage-limits-schema.ts";
import { linuxMemorySchema } from "./memory-schema.ts";
import { linuxNetworkSchema } from "./network-schema.ts";
import { linuxPidsSchema } from "./pids-schema.ts";
import { linuxRdmaSchema } from "./rdma-schema.ts";
import type { LinuxResources } from "./resources.ts";

/** Schema of {@linkcode LinuxResources}. */
export const linuxResourcesSchema: z.ZodType<LinuxResources> = objectOf<LinuxResources>()({
  unified: stringMap.exactOptional(),
  devices: z.array(linuxDeviceCgroupSchema).exactOptional(),
  pids: linuxPidsSchema.exactOptional(),
  blockIO: linuxBlockIoSchema.exactOptional(),
  cpu: linuxCpuSchema.exactOptional(),
  hugepageLimits: z.array(linuxHugepageLimitSchema).exactOptional(),
  memory: linuxMemorySchema.exactOptional(),
  network: linuxNetworkSchema.exactOptional(),
  rdma: mapOf(linuxRdmaSchema).exactOptional(),
});
