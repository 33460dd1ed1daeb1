/**
 * The OCI runtime and image specifications: types, constants, errors, and what works without zod.
 *
 * @module
 */

export {
  checkConfig,
  checkFeatures,
  checkLinuxResources,
  checkProcess,
  checkState,
  findConfigProblems,
} from "./check.ts";
export {
  type Capabilities,
  type CapabilityName,
  type CapabilitySet,
  capabilityNames,
  capabilitySets,
} from "./config/capabilities.ts";
export { type Annotations, type Config, ociVersion } from "./config/config.ts";
export type { ExecCpuAffinity } from "./config/exec-cpu-affinity.ts";
export {
  type FreeBsd,
  type FreeBsdDevice,
  type FreeBsdJail,
  type FreeBsdJailAllow,
  type FreeBsdSharingMode,
  freeBsdSharingModes,
} from "./config/freebsd.ts";
export { type Hook, type HookName, type Hooks, hookNames } from "./config/hooks.ts";
export { type IoPriority, type IoPriorityClass, ioPriorityClasses } from "./config/io-priority.ts";
export {
  type LinuxDevice,
  type LinuxDeviceType,
  linuxDeviceTypes,
} from "./config/linux/devices.ts";
export type { LinuxIdMapping } from "./config/linux/id-mapping.ts";
export type { LinuxIntelRdt } from "./config/linux/intel-rdt.ts";
export type { Linux } from "./config/linux/linux.ts";
export {
  type LinuxMemoryPolicy,
  type MemoryPolicyFlag,
  type MemoryPolicyMode,
  memoryPolicyFlags,
  memoryPolicyModes,
} from "./config/linux/memory-policy.ts";
export {
  type LinuxNamespace,
  type LinuxNamespaceType,
  linuxNamespaceTypes,
} from "./config/linux/namespaces.ts";
export type { LinuxNetDevice } from "./config/linux/net-devices.ts";
export {
  type LinuxPersonality,
  type PersonalityDomain,
  personalityDomains,
} from "./config/linux/personality.ts";
export type {
  LinuxBlockIo,
  LinuxThrottleDevice,
  LinuxWeightDevice,
} from "./config/linux/resources/block-io.ts";
export type { LinuxCpu } from "./config/linux/resources/cpu.ts";
export type { LinuxDeviceCgroup } from "./config/linux/resources/device-cgroup.ts";
export type { LinuxHugepageLimit } from "./config/linux/resources/hugepage-limits.ts";
export type { LinuxMemory } from "./config/linux/resources/memory.ts";
export type { LinuxInterfacePriority, LinuxNetwork } from "./config/linux/resources/network.ts";
export type { LinuxPids } from "./config/linux/resources/pids.ts";
export type { LinuxRdma } from "./config/linux/resources/rdma.ts";
export type { LinuxResources } from "./config/linux/resources/resources.ts";
export { type RootfsPropagation, rootfsPropagations } from "./config/linux/rootfs-propagation.ts";
export {
  type LinuxSeccomp,
  type LinuxSeccompArg,
  type LinuxSyscall,
  type SeccompAction,
  type SeccompArchitecture,
  type SeccompFlag,
  type SeccompOperator,
  seccompActions,
  seccompArchitectures,
  seccompFlags,
  seccompOperators,
} from "./config/linux/seccomp.ts";
export { dottedSysctl, sysctlNamespace } from "./config/linux/sysctl.ts";
export type { LinuxTimeOffset, LinuxTimeOffsets } from "./config/linux/time-offsets.ts";
export {
  type LinuxMountOption,
  linuxMountOptions,
  type Mount,
  type MountOptionLevel,
} from "./config/mount.ts";
export type { ConsoleSize, Process } from "./config/process.ts";
export { type Rlimit, type RlimitType, rlimitTypes } from "./config/rlimit.ts";
export type { Root } from "./config/root.ts";
export {
  type Scheduler,
  type SchedulerFlag,
  type SchedulerPolicy,
  schedulerFlags,
  schedulerPolicies,
} from "./config/scheduler.ts";
export type {
  Solaris,
  SolarisAnet,
  SolarisCappedCpu,
  SolarisCappedMemory,
} from "./config/solaris.ts";
export type { User } from "./config/user.ts";
export {
  type Vm,
  type VmHwConfig,
  type VmHypervisor,
  type VmImage,
  type VmImageFormat,
  type VmIoMem,
  type VmKernel,
  vmImageFormats,
} from "./config/vm.ts";
export type {
  Windows,
  WindowsCpu,
  WindowsCpuGroupAffinity,
  WindowsDevice,
  WindowsHyperV,
  WindowsMemory,
  WindowsNetwork,
  WindowsResources,
  WindowsStorage,
} from "./config/windows.ts";
export {
  type Zos,
  type ZosNamespace,
  type ZosNamespaceType,
  zosNamespaceTypes,
} from "./config/zos.ts";
export { containerIdLengthMax, parseContainerId } from "./container-id.ts";
export {
  type DefaultConfigOptions,
  defaultConfig,
  defaultMaskedPaths,
  defaultMounts,
  defaultReadonlyPaths,
} from "./default-config.ts";
export { withCapabilities, withoutCapabilities } from "./edit/capabilities.ts";
export { withDevice } from "./edit/devices.ts";
export { withEnv, withoutEnv } from "./edit/env.ts";
export {
  type MemoryLimitOptions,
  withCpuLimit,
  withMemoryLimit,
  withPidsLimit,
} from "./edit/limits.ts";
export { withMount, withoutMount } from "./edit/mounts.ts";
export { type NamespaceOptions, withNamespace, withSharedNamespace } from "./edit/namespaces.ts";
export { type UserIds, withUser } from "./edit/user.ts";
export {
  ContainerError,
  type ContainerErrorOptions,
  type ErrorCode,
  type ErrorDocument,
  type ErrorKind,
  errorFromDocument,
  errorKinds,
} from "./error.ts";
export type {
  Features,
  FeaturesCgroup,
  FeaturesEnabled,
  FeaturesIntelRdt,
  FeaturesLinux,
  FeaturesMemoryPolicy,
  FeaturesMountExtensions,
  FeaturesSeccomp,
} from "./features.ts";
export {
  checkDescriptor,
  checkImageConfig,
  checkImageIndex,
  checkImageLayout,
  checkImageManifest,
} from "./image/check-image.ts";
export { type Descriptor, emptyDescriptor, type Platform } from "./image/descriptor.ts";
export { type ImageAnnotation, imageAnnotations } from "./image/image-annotations.ts";
export type {
  ImageConfig,
  ImageExecution,
  ImageHistory,
  ImageRootfs,
} from "./image/image-config.ts";
export type { ImageIndex, ManifestDescriptor } from "./image/image-index.ts";
export { type ImageLayout, imageLayoutFile } from "./image/image-layout.ts";
export type { ImageManifest } from "./image/image-manifest.ts";
export {
  type DockerMediaType,
  dockerMediaTypes,
  type MediaType,
  mediaTypes,
} from "./image/media-types.ts";
export { type MinimalConfigOptions, minimalConfig } from "./minimal-config.ts";
export {
  formatProblems,
  fromPointer,
  type Problem,
  type ProblemLevel,
  type ProblemReport,
  reportProblems,
  toPointer,
} from "./problem.ts";
export { type DockerSeccompOptions, dockerSeccomp } from "./seccomp/docker-seccomp.ts";
export { SpecError } from "./spec-error.ts";
export {
  type ContainerProcessState,
  type ContainerStatus,
  containerStatuses,
  type State,
  seccompFdName,
} from "./state.ts";
export { suggest } from "./suggest.ts";
export type { DraftObject, UpgradeChange } from "./upgrade/draft.ts";
export {
  type UpgradedConfig,
  type UpgradeOptions,
  upgradeConfig,
} from "./upgrade/upgrade-config.ts";
export { upgradeLinuxResources, upgradeProcess } from "./upgrade/upgrade-parts.ts";
export { compareVersions, isVersion } from "./upgrade/versions.ts";
export { configRules } from "./validate/config-rules.ts";
export type { Finding, Rule, RuleContext, SpecPlatform } from "./validate/rule.ts";
export {
  requireValidConfig,
  requireValidProcess,
  type ValidateOptions,
  validateConfig,
} from "./validate/validate-config.ts";
