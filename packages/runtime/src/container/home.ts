/** The home directory of a user, from the container's /etc/passwd. @see passwd(5) */

import { FileDescriptor } from "../kernel/fd.ts";
import { open, readAll } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { SystemCallError } from "../kernel/kernel.ts";
import { value } from "../machine/constants.ts";

const limitBytes = 4 * 1024 * 1024;

/**
 * Returns a user's home directory as the container has it; `/` when it does not say.
 *
 * @param root directory that is the container's root; nothing in it can lead out of it
 */
export function findHome(kernel: Kernel, root: string, uid: number): string {
  const passwd = readInRoot(kernel, root, "/etc/passwd");
  for (const line of passwd.split("\n")) {
    const [, , id, , , home = ""] = line.split(":");
    if (Number(id) === uid && id !== "" && home !== "") return home;
  }
  return "/";
}

function readInRoot(kernel: Kernel, root: string, path: string): string {
  try {
    using directory = open(kernel, root, ["O_PATH", "O_DIRECTORY"]);
    // struct open_how: u64 flags, u64 mode, u64 resolve
    const how = new BigUint64Array([
      BigInt(value("O_RDONLY", "O_CLOEXEC", "O_NONBLOCK")),
      0n,
      BigInt(value("RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS")),
    ]);
    using file = new FileDescriptor(
      kernel,
      kernel.call("openat2", directory.number, path, how, 24),
    );
    return new TextDecoder().decode(readAll(kernel, file.number, limitBytes));
  } catch (error) {
    // No file, a directory, a FIFO, too large: it does not say.
    if (error instanceof SystemCallError || error instanceof RangeError) return "";
    throw error;
  }
}
