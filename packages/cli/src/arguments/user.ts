import type { User } from "@ctr/spec";
import { usageError } from "./usage-error.ts";

const idMax = 4_294_967_294;

/**
 * Reads who a process runs as: `UID` or `UID:GID`, numbers. The names of users are known inside the container only.
 *
 * @throws {ContainerError} ERR_INVALID_FLAG.
 */
export function parseUser(text: string, groups: readonly string[] = []): User {
  const match = /^(\d+)(?::(\d+))?$/.exec(text);
  const uid = Number(match?.[1] ?? Number.NaN);
  const gid = Number(match?.[2] ?? 0);
  if (!(uid <= idMax && gid <= idMax)) {
    throw usageError(
      `Cannot use "${text}" for --user: it is no UID or UID:GID`,
      "ERR_INVALID_FLAG",
      "Write numbers, for example 1000:1000: names are known inside the container only",
    );
  }
  const additionalGids = groups.map((group) => {
    if (/^\d+$/.test(group) && Number(group) <= idMax) return Number(group);
    throw usageError(
      `Cannot use "${group}" for --additional-gids: it is no number`,
      "ERR_INVALID_FLAG",
    );
  });
  return { uid, gid, ...(additionalGids.length === 0 ? {} : { additionalGids }) };
}
