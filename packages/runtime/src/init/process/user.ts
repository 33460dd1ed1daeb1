/** Becoming the user of the process. @see config.md, "Process", `user`; credentials(7) */

import { ContainerError, type User } from "@ctr/spec";
import type { Step } from "../../program/step.ts";
import { call, purpose, sequence } from "../steps.ts";

/** The one above is -1 to the kernel: "leave it as it is", which would be root (setresuid(2)). */
const idMax = 2 ** 32 - 2;

/**
 * Takes the groups, the gid and the uid. What the capabilities do meanwhile is `capabilities.ts`.
 *
 * @throws {ContainerError} ERR_INVALID_PROCESS for what is no id
 */
export function userSteps(user: User, origin: string, canSetGroups: boolean): Step[] {
  const { uid = 0, gid = 0, additionalGids = [] } = user;
  requireId(uid, `${origin}/user/uid`);
  requireId(gid, `${origin}/user/gid`);
  for (const [index, id] of additionalGids.entries()) {
    requireId(id, `${origin}/user/additionalGids/${index}`);
  }
  // Engines name a group twice when both the image and its user have it; a program sees each once, as with runc.
  const list = [...new Set(additionalGids)];
  return sequence(
    canSetGroups &&
      call(
        purpose(`${origin}/user/additionalGids`, `set the groups to [${list.join(", ")}]`),
        "setgroups",
        [list.length, { struct: list.map((group) => ({ u32: group })) }],
      ),
    call(
      purpose(
        `${origin}/user/gid`,
        `set the gid to ${gid}`,
        "In a user namespace the gid needs a mapping",
      ),
      "setresgid",
      [gid, gid, gid],
    ),
    call(
      purpose(
        `${origin}/user/uid`,
        `set the uid to ${uid}`,
        "In a user namespace the uid needs a mapping",
      ),
      "setresuid",
      [uid, uid, uid],
    ),
  );
}

function requireId(id: number, pointer: string): void {
  if (Number.isInteger(id) && id >= 0 && id <= idMax) return;
  throw new ContainerError(`Cannot run as ${id} (${pointer}): ids go from 0 to ${idMax}`, {
    code: "ERR_INVALID_PROCESS",
    kind: "invalid",
    pointer,
  });
}

/** Gives stdio to the user, so that `/dev/stdout` can be opened; devices and what refuses stay. */
export function stdioOwnerSteps(uid: number, descriptors: readonly number[]): Step[] {
  if (uid === 0) return [];
  return descriptors.map((descriptor) =>
    call(
      purpose("", `give descriptor ${descriptor} to the user`),
      "fchown",
      [descriptor, uid, 0xffff_ffff],
      {
        accept: ["EINVAL", "EPERM", "EROFS"],
      },
    ),
  );
}

/** The file mode creation mask of the process. */
export function umaskSteps(user: User, origin: string): Step[] {
  const defaultUmask = 0o022;
  return [
    call(purpose(`${origin}/user/umask`, "set the umask"), "umask", [user.umask ?? defaultUmask]),
  ];
}
