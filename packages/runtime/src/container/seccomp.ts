/** From a profile of config.json to what the program installs. @see config-linux.md, "Seccomp" */

import type { Config, SeccompFlag } from "@ctr/spec";
import type { SeccompInput } from "../init/input.ts";
import { type ConstantName, value } from "../machine/constants.ts";
import { nativeArchitecture } from "../machine/syscalls.ts";
import { compileSeccomp } from "../seccomp/compile.ts";

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
export function seccompInput({ linux }: Config): SeccompInput | undefined {
  const profile = linux?.seccomp;
  if (profile === undefined) return undefined;
  // A path alone is ignored: there is nothing to tell an agent.
  const notifies = profile.syscalls?.some(({ action }) => action === "SCMP_ACT_NOTIFY") === true;
  const listener = notifies && (profile.listenerPath ?? "") !== "";
  // Without flags: as runc and crun have it, the process does not pay for what mitigates speculation of its own code.
  const flags = (profile.flags ?? (["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] as const)).map(
    (flag) => flagNames[flag],
  );
  // One thread installs it, and TSYNC would exclude a listener.
  const wanted = flags.filter((flag) => flag !== "SECCOMP_FILTER_FLAG_TSYNC");
  if (listener) wanted.push("SECCOMP_FILTER_FLAG_NEW_LISTENER");
  return {
    filter: compileSeccomp(profile, nativeArchitecture()),
    flags: value(...wanted),
    listener,
  };
}
