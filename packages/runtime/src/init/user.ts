/** Becoming the user of the process. @see config.md, "Process", `user`; credentials(7) */

import type { User } from "@ctr/spec";
import type { Step } from "../program/step.ts";
import { call, purpose, sequence } from "./steps.ts";

/** Takes the groups, the gid and the uid. What the capabilities do meanwhile is `capabilities.ts`. */
export function userSteps(user: User, origin: string, canSetGroups: boolean): Step[] {
  const { uid = 0, gid = 0, additionalGids = [] } = user;
  const list = [...additionalGids];
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
