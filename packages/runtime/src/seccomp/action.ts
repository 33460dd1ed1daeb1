import type { SeccompAction } from "@ctr/spec";

const EPERM = 1;

// SECCOMP_RET_* of linux/seccomp.h; the low 16 bits are data.
const returns: Readonly<Record<SeccompAction, number>> = {
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

/**
 * Returns what a filter returns for an action.
 *
 * @param errnoRet the errno of SCMP_ACT_ERRNO and the message of SCMP_ACT_TRACE, 0 to 65535; EPERM when absent
 */
export function returnValue(action: SeccompAction, errnoRet: number | undefined): number {
  const carriesData = action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
  return (returns[action] | (carriesData ? (errnoRet ?? EPERM) & 0xffff : 0)) >>> 0;
}
