import { z } from "zod";
import { anyObject, objectOf, strings, uint16, uint32, uint64 } from "../schema-parts.ts";
import type {
  Windows,
  WindowsCpu,
  WindowsCpuGroupAffinity,
  WindowsDevice,
  WindowsHyperV,
  WindowsMemory,
  WindowsNetwork,
  WindowsResources,
  WindowsStorage,
} from "./windows.ts";

/** Schema of {@linkcode WindowsDevice}. */
export const windowsDeviceSchema: z.ZodType<WindowsDevice> = objectOf<WindowsDevice>()({
  id: z.string(),
  idType: z.enum(["class"]),
});

/** Schema of {@linkcode WindowsMemory}. */
export const windowsMemorySchema: z.ZodType<WindowsMemory> = objectOf<WindowsMemory>()({
  limit: uint64.exactOptional(),
});

/** Schema of {@linkcode WindowsCpuGroupAffinity}. */
export const windowsCpuGroupAffinitySchema: z.ZodType<WindowsCpuGroupAffinity> =
  objectOf<WindowsCpuGroupAffinity>()({
    mask: uint64.exactOptional(),
    group: uint32.exactOptional(),
  });

/** Schema of {@linkcode WindowsCpu}. */
export const windowsCpuSchema: z.ZodType<WindowsCpu> = objectOf<WindowsCpu>()({
  count: uint64.exactOptional(),
  shares: uint16.exactOptional(),
  maximum: uint16.exactOptional(),
  affinity: windowsCpuGroupAffinitySchema.exactOptional(),
});

/** Schema of {@linkcode WindowsStorage}. */
export const windowsStorageSchema: z.ZodType<WindowsStorage> = objectOf<WindowsStorage>()({
  iops: uint64.exactOptional(),
  bps: uint64.exactOptional(),
  sandboxSize: uint64.exactOptional(),
});

/** Schema of {@linkcode WindowsResources}. */
export const windowsResourcesSchema: z.ZodType<WindowsResources> = objectOf<WindowsResources>()({
  memory: windowsMemorySchema.exactOptional(),
  cpu: windowsCpuSchema.exactOptional(),
  storage: windowsStorageSchema.exactOptional(),
});

/** Schema of {@linkcode WindowsNetwork}. */
export const windowsNetworkSchema: z.ZodType<WindowsNetwork> = objectOf<WindowsNetwork>()({
  endpointList: strings.exactOptional(),
  allowUnqualifiedDNSQuery: z.boolean().exactOptional(),
  DNSSearchList: strings.exactOptional(),
  networkSharedContainerName: z.string().exactOptional(),
  networkNamespace: z.string().exactOptional(),
});

/** Schema of {@linkcode WindowsHyperV}. */
export const windowsHyperVSchema: z.ZodType<WindowsHyperV> = objectOf<WindowsHyperV>()({
  utilityVMPath: z.string().exactOptional(),
});

/** Schema of {@linkcode Windows}. */
export const windowsSchema: z.ZodType<Windows> = objectOf<Windows>()({
  layerFolders: z.array(z.string()).min(1),
  devices: z.array(windowsDeviceSchema).exactOptional(),
  resources: windowsResourcesSchema.exactOptional(),
  network: windowsNetworkSchema.exactOptional(),
  credentialSpec: anyObject.exactOptional(),
  servicing: z.boolean().exactOptional(),
  ignoreFlushesDuringBoot: z.boolean().exactOptional(),
  hyperv: windowsHyperVSchema.exactOptional(),
});
