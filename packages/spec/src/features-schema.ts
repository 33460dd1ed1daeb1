import { z } from "zod";
import { linuxNamespaceTypes } from "./config/linux/namespaces.ts";
import {
  seccompActions,
  seccompArchitectures,
  seccompFlags,
  seccompOperators,
} from "./config/linux/seccomp.ts";
import type {
  Features,
  FeaturesCgroup,
  FeaturesEnabled,
  FeaturesIntelRdt,
  FeaturesLinux,
  FeaturesMemoryPolicy,
  FeaturesMountExtensions,
  FeaturesSeccomp,
} from "./features.ts";
import { objectOf, stringMap, strings, unchecked } from "./schema-parts.ts";

const flag = z.boolean().exactOptional();

/** Schema of {@linkcode FeaturesEnabled}. */
export const featuresEnabledSchema: z.ZodType<FeaturesEnabled> = objectOf<FeaturesEnabled>()({
  enabled: flag,
});

/** Schema of {@linkcode FeaturesCgroup}. */
export const featuresCgroupSchema: z.ZodType<FeaturesCgroup> = objectOf<FeaturesCgroup>()({
  v1: flag,
  v2: flag,
  systemd: flag,
  systemdUser: flag,
  rdma: flag,
});

/** Schema of {@linkcode FeaturesSeccomp}. */
export const featuresSeccompSchema: z.ZodType<FeaturesSeccomp> = objectOf<FeaturesSeccomp>()({
  enabled: flag,
  actions: z.array(z.enum(seccompActions)).exactOptional(),
  operators: z.array(z.enum(seccompOperators)).exactOptional(),
  archs: z.array(z.enum(seccompArchitectures)).exactOptional(),
  knownFlags: z.array(z.enum(seccompFlags)).exactOptional(),
  supportedFlags: z.array(z.enum(seccompFlags)).exactOptional(),
});

/** Schema of {@linkcode FeaturesIntelRdt}. */
export const featuresIntelRdtSchema: z.ZodType<FeaturesIntelRdt> = objectOf<FeaturesIntelRdt>()({
  enabled: flag,
  schemata: unchecked<boolean>().exactOptional(),
  monitoring: unchecked<boolean>().exactOptional(),
});

/** Schema of {@linkcode FeaturesMountExtensions}. */
export const featuresMountExtensionsSchema: z.ZodType<FeaturesMountExtensions> =
  objectOf<FeaturesMountExtensions>()({
    idmap: featuresEnabledSchema.exactOptional(),
  });

/** Schema of {@linkcode FeaturesLinux}. */
export const featuresLinuxSchema: z.ZodType<FeaturesLinux> = objectOf<FeaturesLinux>()({
  namespaces: z.array(z.enum(linuxNamespaceTypes)).exactOptional(),
  capabilities: z.array(z.string().regex(/^CAP_[A-Z_]+$/)).exactOptional(),
  cgroup: featuresCgroupSchema.exactOptional(),
  seccomp: featuresSeccompSchema.exactOptional(),
  apparmor: featuresEnabledSchema.exactOptional(),
  selinux: featuresEnabledSchema.exactOptional(),
  intelRdt: featuresIntelRdtSchema.exactOptional(),
  memoryPolicy: unchecked<FeaturesMemoryPolicy>().exactOptional(),
  mountExtensions: featuresMountExtensionsSchema.exactOptional(),
  netDevices: featuresEnabledSchema.exactOptional(),
});

/** Schema of {@linkcode Features}. */
export const featuresSchema: z.ZodType<Features> = objectOf<Features>()({
  ociVersionMin: z.string(),
  ociVersionMax: z.string(),
  hooks: strings.exactOptional(),
  mountOptions: strings.exactOptional(),
  linux: featuresLinuxSchema.exactOptional(),
  annotations: stringMap.exactOptional(),
  potentiallyUnsafeConfigAnnotations: strings.exactOptional(),
});
