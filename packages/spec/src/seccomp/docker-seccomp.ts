import { capabilityNames } from "../config/capabilities.ts";
import type { LinuxSeccomp, LinuxSyscall, SeccompArchitecture } from "../config/linux/seccomp.ts";
import { ContainerError } from "../error.ts";
import {
  allowedCalls,
  callsByArchitecture,
  callsByCapability,
  cloneWithoutNamespaces,
  compatibleArchitectures,
  conditionalCalls,
} from "./docker-syscalls.ts";

/** Options of {@linkcode dockerSeccomp}. */
export interface DockerSeccompOptions {
  /**
   * The container's bounding set, as its configuration has it: what needs a capability is allowed when
   * it is there. Names that are no capabilities allow nothing.
   *
   * @default []
   */
  readonly capabilities?: readonly string[];
  /**
   * The kernels that the profile is for; what each runs besides, such as 32-bit programs, comes with
   * it.
   */
  readonly architectures: readonly SeccompArchitecture[];
}

const s390: readonly SeccompArchitecture[] = ["SCMP_ARCH_S390", "SCMP_ARCH_S390X"];

/**
 * Returns Docker's default seccomp profile for a set of capabilities and architectures: some 350
 * calls that ordinary programs need are allowed, all others fail with EPERM.
 *
 * @throws {ContainerError} with code `ERR_INVALID_SECCOMP` without architectures, or when s390 is
 * among others: its clone has the flags in another place, and one rule for both would let either
 * make namespaces.
 *
 * @example
 * ```ts
 * import { defaultConfig, dockerSeccomp } from "@ctr/spec";
 *
 * const config = defaultConfig();
 * const seccomp = dockerSeccomp({
 *   capabilities: config.process?.capabilities?.bounding ?? [],
 *   architectures: ["SCMP_ARCH_X86_64"],
 * });
 * const confined = { ...config, linux: { ...config.linux, seccomp } };
 * console.log(confined.linux.seccomp.architectures?.length); // 3
 * ```
 */
export function dockerSeccomp(options: DockerSeccompOptions): LinuxSeccomp {
  const { capabilities = [], architectures } = options;
  const isS390 = checkArchitectures(architectures);
  const mayMakeNamespaces = capabilities.includes("CAP_SYS_ADMIN");
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1,
    architectures: withCompatible(architectures),
    syscalls: [
      allow([...allowedCalls, ...callsOf(architectures)]),
      ...conditionalCalls,
      ...capabilityNames.flatMap((name) => {
        const names = capabilities.includes(name) ? callsByCapability[name] : undefined;
        return names === undefined ? [] : [allow(names)];
      }),
      ...(mayMakeNamespaces ? [] : cloneWithoutNamespaces(isS390 ? 1 : 0)),
    ],
  };
}

/** Returns whether the architectures are those of s390. */
function checkArchitectures(architectures: readonly SeccompArchitecture[]): boolean {
  const count = architectures.filter((name) => s390.includes(name)).length;
  if (architectures.length === 0 || (count > 0 && count < architectures.length)) {
    const why =
      count > 0 ? "s390 needs a profile of its own, as its clone differs" : "there is none";
    throw new ContainerError(`Cannot make a seccomp profile for these architectures: ${why}`, {
      code: "ERR_INVALID_SECCOMP",
      kind: "invalid",
    });
  }
  return count > 0;
}

function withCompatible(
  architectures: readonly SeccompArchitecture[],
): readonly SeccompArchitecture[] {
  return [
    ...new Set(architectures.flatMap((name) => [name, ...(compatibleArchitectures[name] ?? [])])),
  ];
}

function callsOf(architectures: readonly SeccompArchitecture[]): readonly string[] {
  const names = callsByArchitecture.flatMap(([where, calls]) =>
    where.some((name) => architectures.includes(name)) ? calls : [],
  );
  return [...new Set(names)];
}

function allow(names: readonly string[]): LinuxSyscall {
  return { names, action: "SCMP_ACT_ALLOW" };
}
