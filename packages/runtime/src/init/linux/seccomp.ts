/** The system call filter. @see config-linux.md, "Seccomp"; seccomp(2) */

import type { Process } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import type { SeccompInput } from "../input.ts";
import { call, purpose, slot, waitForSync } from "../steps.ts";

/** Size of `struct sock_filter`. */
const instructionSize = 8;

/**
 * Whether the filter is installed before anybody says that the container is ready: where it needs the right to, and where
 * the launcher has to pass the listener on; `start` may be another process, which cannot. Otherwise it comes last.
 */
export function filtersBeforeReady(process: Process, seccomp: SeccompInput | undefined): boolean {
  return seccomp !== undefined && (process.noNewPrivileges !== true || seccomp.listener);
}

/** Installs the filter; with a listener, has the launcher fetch its descriptor before anything else happens. */
export function seccompSteps(seccomp: SeccompInput | undefined): Step[] {
  if (seccomp === undefined) return [];
  const why = purpose(
    "/linux/seccomp",
    "install the system call filter",
    "Without noNewPrivileges it needs CAP_SYS_ADMIN",
  );
  const install = call(
    why,
    "seccomp",
    [
      constant("SECCOMP_SET_MODE_FILTER"),
      seccomp.flags,
      {
        struct: [
          { u16: seccomp.filter.length / instructionSize },
          { pad: 6 },
          { u64: { bytes: seccomp.filter } },
        ],
      },
    ],
    { save: "listener" },
  );
  if (!seccomp.listener) return [install];
  return [
    install,
    { tell: "listener", value: slot("listener") },
    ...waitForSync("wait until the seccomp listener has been passed on"),
    call(why, "close", [slot("listener")]),
  ];
}
