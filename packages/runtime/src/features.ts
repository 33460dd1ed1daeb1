/** What this runtime implements. @see features.md, features-linux.md */

import {
  capabilityNames,
  type Features,
  hookNames,
  linuxMountOptions,
  linuxNamespaceTypes,
  memoryPolicyFlags,
  memoryPolicyModes,
  ociVersion,
  type SeccompArchitecture,
  seccompActions,
  seccompFlags,
  seccompOperators,
} from "@ctr/spec";
import manifest from "../package.json" with { type: "json" };
import { unsafeAnnotations } from "./container/bundle/annotations.ts";
import { crunMountOptions } from "./init/mounts/mount-options.ts";

/** Those whose numbers the seccomp compiler knows. */
const architectures: readonly SeccompArchitecture[] = [
  "SCMP_ARCH_AARCH64",
  "SCMP_ARCH_ARM",
  "SCMP_ARCH_X32",
  "SCMP_ARCH_X86",
  "SCMP_ARCH_X86_64",
];

/** Returns the features document: what is built in, whatever the machine can do. */
export function features(): Features {
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: ociVersion,
    hooks: [...hookNames],
    mountOptions: [...Object.keys(linuxMountOptions), ...crunMountOptions].toSorted(),
    linux: {
      namespaces: linuxNamespaceTypes.toSorted(),
      capabilities: [...capabilityNames],
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: {
        enabled: true,
        actions: seccompActions.toSorted(),
        operators: seccompOperators.toSorted(),
        archs: [...architectures],
        knownFlags: seccompFlags.toSorted(),
        supportedFlags: seccompFlags.toSorted(),
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      memoryPolicy: { modes: [...memoryPolicyModes], flags: [...memoryPolicyFlags] },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: { "dev.ctr.bunc.version": manifest.version },
    potentiallyUnsafeConfigAnnotations: [...unsafeAnnotations],
  };
}
