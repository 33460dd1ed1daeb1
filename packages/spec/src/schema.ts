/**
 * The zod schemas of every type of this package, and parsers that use them.
 *
 * @module
 */

export { capabilitiesSchema } from "./config/capabilities-schema.ts";
export { configSchema } from "./config/config-schema.ts";
export { execCpuAffinitySchema } from "./config/exec-cpu-affinity-schema.ts";
export {
  freeBsdDeviceSchema,
  freeBsdJailAllowSchema,
  freeBsdJailSchema,
  freeBsdSchema,
} from "./config/freebsd-schema.ts";
export { hookSchema, hooksSchema } from "./config/hooks-schema.ts";
export { ioPrioritySchema } from "./config/io-priority-schema.ts";
export { linuxDeviceSchema } from "./config/linux/devices-schema.ts";
export { linuxIdMappingSchema } from "./config/linux/id-mapping-schema.ts";
export { linuxIntelRdtSchema } from "./config/linux/intel-rdt-schema.ts";
export { linuxSchema } from "./config/linux/linux-schema.ts";
export { linuxMemoryPolicySchema } from "./config/linux/memory-policy-schema.ts";
export { linuxNamespaceSchema } from "./config/linux/namespaces-schema.ts";
export { linuxNetDeviceSchema } from "./config/linux/net-devices-schema.ts";
export { linuxPersonalitySchema } from "./config/linux/personality-schema.ts";
export {
  linuxBlockIoSchema,
  linuxThrottleDeviceSchema,
  linuxWeightDeviceSchema,
} from "./config/linux/resources/block-io-schema.ts";
export { linuxCpuSchema } from "./config/linux/resources/cpu-schema.ts";
export { linuxDeviceCgroupSchema } from "./config/linux/resources/device-cgroup-schema.ts";
export { linuxHugepageLimitSchema } from "./config/linux/resources/hugepage-limits-schema.ts";
export { linuxMemorySchema } from "./config/linux/resources/memory-schema.ts";
export {
  linuxInterfacePrioritySchema,
  linuxNetworkSchema,
} from "./config/linux/resources/network-schema.ts";
export { linuxPidsSchema } from "./config/linux/resources/pids-schema.ts";
export { linuxRdmaSchema } from "./config/linux/resources/rdma-schema.ts";
export { linuxResourcesSchema } from "./config/linux/resources/resources-schema.ts";
export {
  linuxSeccompArgSchema,
  linuxSeccompSchema,
  linuxSyscallSchema,
} from "./config/linux/seccomp-schema.ts";
export {
  linuxTimeOffsetSchema,
  linuxTimeOffsetsSchema,
} from "./config/linux/time-offsets-schema.ts";
export { mountSchema } from "./config/mount-schema.ts";
export { consoleSizeSchema, processSchema } from "./config/process-schema.ts";
export { rlimitSchema } from "./config/rlimit-schema.ts";
export { rootSchema } from "./config/root-schema.ts";
export { schedulerSchema } from "./config/scheduler-schema.ts";
export {
  solarisAnetSchema,
  solarisCappedCpuSchema,
  solarisCappedMemorySchema,
  solarisSchema,
} from "./config/solaris-schema.ts";
export { userSchema } from "./config/user-schema.ts";
export {
  vmHwConfigSchema,
  vmHypervisorSchema,
  vmImageSchema,
  vmIoMemSchema,
  vmKernelSchema,
  vmSchema,
} from "./config/vm-schema.ts";
export {
  windowsCpuGroupAffinitySchema,
  windowsCpuSchema,
  windowsDeviceSchema,
  windowsHyperVSchema,
  windowsMemorySchema,
  windowsNetworkSchema,
  windowsResourcesSchema,
  windowsSchema,
  windowsStorageSchema,
} from "./config/windows-schema.ts";
export { zosNamespaceSchema, zosSchema } from "./config/zos-schema.ts";
export {
  featuresCgroupSchema,
  featuresEnabledSchema,
  featuresIntelRdtSchema,
  featuresLinuxSchema,
  featuresMountExtensionsSchema,
  featuresSchema,
  featuresSeccompSchema,
} from "./features-schema.ts";
export {
  descriptorSchema,
  digestSchema,
  mediaTypeSchema,
  platformSchema,
} from "./image/descriptor-schema.ts";
export {
  imageConfigSchema,
  imageExecutionSchema,
  imageHistorySchema,
  imageRootfsSchema,
} from "./image/image-config-schema.ts";
export { imageIndexSchema, manifestDescriptorSchema } from "./image/image-index-schema.ts";
export { imageLayoutSchema } from "./image/image-layout-schema.ts";
export { imageManifestSchema } from "./image/image-manifest-schema.ts";
export { findProblems, parseConfig } from "./parse.ts";
export { containerProcessStateSchema, stateSchema } from "./state-schema.ts";
