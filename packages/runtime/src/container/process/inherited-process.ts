/** What a process that is executed has from the container's own. @see runc-exec(8) */

import type { Process } from "@ctr/spec";

/**
 * Returns a process that has from the container's own what it says nothing of and what keeps it in bounds, as with runc
 * and crun: capabilities, labels of security modules, scheduling and the preference to be killed; resource limits are its
 * own. Whoever wants it otherwise says so: `capabilities: {}`, the profile `unconfined`.
 */
export function inheritProcess(process: Process, own: Process | undefined): Process {
  if (own === undefined) return process;
  const {
    capabilities = own.capabilities,
    ioPriority = own.ioPriority,
    scheduler = own.scheduler,
    execCPUAffinity = own.execCPUAffinity,
    oomScoreAdj = own.oomScoreAdj,
  } = process;
  const apparmorProfile = process.apparmorProfile || own.apparmorProfile;
  const selinuxLabel = process.selinuxLabel || own.selinuxLabel;
  return {
    ...process,
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(ioPriority === undefined ? {} : { ioPriority }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(execCPUAffinity === undefined ? {} : { execCPUAffinity }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
  };
}
