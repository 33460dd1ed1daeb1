/** The home directory of a user, from the container's /etc/passwd. @see passwd(5) */

import { open, openInRoot, readAll } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { SystemCallError } from "../../kernel/kernel.ts";

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
    using file = openInRoot(kernel, directory.number, path, ["O_RDONLY", "O_NONBLOCK"]);
    return new TextDecoder().decode(readAll(kernel, file.number, limitBytes));
  } catch (error) {
    // No file, a directory, a FIFO, too large: it does not say.
    if (error instanceof SystemCallError || error instanceof RangeError) return "";
    throw error;
  }
}

/** Whether an environment says where home is: the last of several entries counts, and an empty one says nothing. */
export function namesHome(env: readonly string[] = []): boolean {
  return (env.findLast((entry) => entry.startsWith("HOME=")) ?? "HOME=") !== "HOME=";
}
