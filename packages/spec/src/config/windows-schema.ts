import { z } from "zod";
import { anyObject, type SchemaOf, strings, uint16, uint32, uint64 } from "../schema-parts.ts";
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
export const windowsDeviceSchema: z.ZodType<WindowsDevice> = z.looseObject({
  id: z.string(),
  idType: z.enum(["class"]),
} satisfies SchemaOf<WindowsDevice>);

/** Schema of {@linkcode WindowsMemory}. */
export const windowsMemorySchema: z.ZodType<WindowsMemory> = z.looseObject({
  limit: uint64.exactOptional(),
} satisfies SchemaOf<WindowsMemory>);

/** Schema of {@linkcode WindowsCpuGroupAffinity}. */
export const windowsCpuGroupAffinitySchema: z.ZodType<WindowsCpuGroupAffinity> = z.looseObject({
  mask: uint64.exactOptional(),
  group: uint32.exactOptional(),
} satisfies SchemaOf<WindowsCpuGroupAffinity>);

/** Schema of {@linkcode WindowsCpu}. */
export const windowsCpuSchema: z.ZodType<WindowsCpu> = z.looseObject({
  count: uint64.exactOptional(),
  shares: uint16.exactOptional(),
  maximum: uint16.exactOptional(),
  affinity: windowsCpuGroupAffinitySchema.exactOptional(),
} satisfies SchemaOf<WindowsCpu>);

/** Schema of {@linkcode WindowsStorage}. */
export const windowsStorageSchema: z.ZodType<WindowsStorage> = z.looseObject({
  iops: uint64.exactOptional(),
  bps: uint64.exactOptional(),
  sandboxSize: uint64.exactOptional(),
} satisfies SchemaOf<WindowsStorage>);

/** Schema of {@linkcode WindowsResources}. */
export const windowsResourcesSchema: z.ZodType<WindowsResources> = z.looseObject({
  memory: windowsMemorySchema.exactOptional(),
  cpu: windowsCpuSchema.exactOptional(),
  storage: windowsStorageSchema.exactOptional(),
} satisfies SchemaOf<WindowsResources>);

/** Schema of {@linkcode WindowsNetwork}. */
export const windowsNetworkSchema: z.ZodType<WindowsNetwork> = z.looseObject({
  endpointList: strings.exactOptional(),
  allowUnqualifiedDNSQuery: z.boolean().exactOptional(),
  DNSSearchList: strings.exactOptional(),
  networkSharedContainerName: z.string().exactOptional(),
  networkNamespace: z.string().exactOptional(),
} satisfies SchemaOf<WindowsNetwork>);

/** Schema of {@linkcode WindowsHyperV}. */
export const windowsHyperVSchema: z.ZodType<WindowsHyperV> = z.looseObject({
  utilityVMPath: z.string().exactOptional(),
} satisfies SchemaOf<WindowsHyperV>);

/** Schema of {@linkcode Windows}. */
export const windowsSchema: z.ZodType<Windows> = z.looseObject({
  layerFolders: z.array(z.string()).min(1),
  devices: z.array(windowsDeviceSchema).exactOptional(),
  resources: windowsResourcesSchema.exactOptional(),
  network: windowsNetworkSchema.exactOptional(),
  credentialSpec: anyObject.exactOptional(),
  servicing: z.boolean().exactOptional(),
  ignoreFlushesDuringBoot: z.boolean().exactOptional(),
  hyperv: windowsHyperVSchema.exactOptional(),
} satisfies SchemaOf<Windows>);
