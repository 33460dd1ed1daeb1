import type { Config } from "../config/config.ts";
import type { User } from "../config/user.ts";
import { editError, editProcess, omit, processOf } from "./parts.ts";

/** Whom a process is to run as: numbers, since names are for those who can read the container's files. */
export interface UserIds extends Pick<User, "additionalGids" | "umask"> {
  /** User id in the container. */
  readonly uid: number;
  /** Group id in the container. */
  readonly gid: number;
}

/** The id that stands for "no change" in system calls. */
const noId = 2 ** 32 - 1;

/**
 * Returns a configuration whose process runs as a user with its groups. The groups of the one before
 * are gone; the umask stays unless a new one is given.
 *
 * Capabilities stay as they are, which for anyone but root means that only the ambient ones count:
 * {@linkcode withCapabilities} afterwards gives such a user capabilities.
 *
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for what is no id or umask, and without a process.
 *
 * @example
 * ```ts
 * import { defaultConfig, withUser } from "@ctr/spec";
 *
 * const config = withUser(defaultConfig(), { uid: 1000, gid: 1000, additionalGids: [44] });
 * console.log(config.process?.user); // { uid: 1000, gid: 1000, additionalGids: [44] }
 * ```
 */
export function withUser(config: Config, user: UserIds): Config {
  const before = processOf(config).user ?? {};
  const ids = [user.uid, user.gid, ...(user.additionalGids ?? [])];
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= noId);
  if (wrong !== undefined) {
    throw editError(`Cannot run as ${wrong}: ids go from 0 to ${noId - 1}`, "/process/user");
  }
  const { umask = 0 } = user;
  if (!Number.isInteger(umask) || umask < 0 || umask > 0o777) {
    throw editError(
      `Cannot use the umask ${umask}: allowed is an integer from 0 to 0o777`,
      "/process/user/umask",
    );
  }
  return editProcess(config, { user: { ...omit(before, "additionalGids"), ...user } });
}
