/** From a profile of config.json to what the program installs. @see config-linux.md, "Seccomp" */

import { type Config, ContainerError, type LinuxSeccomp, type SeccompFlag } from "@ctr/spec";
import type { SeccompInput } from "../../init/input.ts";
import { type ConstantName, value } from "../../machine/constants.ts";
import { nativeArchitecture } from "../../machine/syscalls.ts";
import { compileSeccomp } from "../../seccomp/compile.ts";
import { isKnownCall } from "../../seccomp/syscall-numbers.ts";
import { rawFilterOf, refusesUnknownCalls } from "../bundle/annotations.ts";

const flagNames: Readonly<Record<SeccompFlag, ConstantName>> = {
  SECCOMP_FILTER_FLAG_TSYNC: "SECCOMP_FILTER_FLAG_TSYNC",
  SECCOMP_FILTER_FLAG_LOG: "SECCOMP_FILTER_FLAG_LOG",
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
};

/**
 * Compiles the profile of a configuration.
 *
 * @throws {ContainerError} when it cannot be compiled
 */
export function seccompInput(config: Config): SeccompInput | undefined {
  const profile = config.linux?.seccomp;
  const raw = rawFilterOf(config);
  if (raw !== undefined) return { filter: raw, flags: flagsOf(profile, false), listener: false };
  if (profile === undefined) return undefined;
  if (refusesUnknownCalls(config)) checkNames(profile);
  // A path alone is ignored: there is nothing to tell an agent.
  const notifies = profile.syscalls?.some(({ action }) => action === "SCMP_ACT_NOTIFY") === true;
  const listener = notifies && (profile.listenerPath ?? "") !== "";
  return {
    filter: compileSeccomp(profile, nativeArchitecture()),
    flags: flagsOf(profile, listener) | (listener ? value("SECCOMP_FILTER_FLAG_NEW_LISTENER") : 0),
    listener,
  };
}

function flagsOf(profile: LinuxSeccomp | undefined, listener: boolean): number {
  // Without flags: as runc and crun have it, the process does not pay for what mitigates speculation of its own code.
  const flags = profile?.flags ?? (["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] as const);
  const wanted = flags.filter(
    (flag) =>
      // One thread installs it, and TSYNC would exclude a listener.
      flag !== "SECCOMP_FILTER_FLAG_TSYNC" &&
      // It is about how a listener is waited for; without one the kernel takes it for an error (seccomp(2)).
      (listener || flag !== "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
  );
  return value(...wanted.map((flag) => flagNames[flag]));
}

/**
 * Calls that no architecture has, such as misspelt ones, are passed over unless somebody asks for more.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG
 */
function checkNames({ syscalls = [] }: LinuxSeccomp): void {
  for (const [index, { names }] of syscalls.entries()) {
    for (const [at, name] of names.entries()) {
      if (isKnownCall(name)) continue;
      const pointer = `/linux/seccomp/syscalls/${index}/names/${at}`;
      throw new ContainerError(
        `Cannot compile the seccomp profile (${pointer}): there is no system call "${name}"`,
        {
          code: "ERR_INVALID_CONFIG",
          kind: "invalid",
          pointer,
          hint: "Remove it, or the annotation run.oci.seccomp_fail_unknown_syscall",
        },
      );
    }
  }
}
