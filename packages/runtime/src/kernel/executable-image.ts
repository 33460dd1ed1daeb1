import { value } from "../machine/constants.ts";
import { open, writeAll } from "./file.ts";
import type { Kernel } from "./kernel.ts";
import { isErrno } from "./system-call-error.ts";

/**
 * Writes an executable to a sealed memfd and returns its descriptor, which the caller closes.
 *
 * Where executing a memfd is forbidden (sysctl vm.memfd_noexec), an unlinked file in /run, /tmp or /dev/shm serves.
 *
 * @throws {SystemCallError} when neither works
 */
export function openExecutable(kernel: Kernel, image: Uint8Array, name: string): number {
  let descriptor: number;
  try {
    descriptor = createMemfd(kernel, name);
  } catch (error) {
    if (!isErrno(error, "EACCES")) throw error;
    return openUnlinkedFile(kernel, image);
  }
  try {
    writeAll(kernel, descriptor, image);
    const seals = value("F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE");
    kernel.call("fcntl", descriptor, value("F_ADD_SEALS"), seals);
    return descriptor;
  } catch (error) {
    kernel.call("close", descriptor);
    throw error;
  }
}

function createMemfd(kernel: Kernel, name: string): number {
  const flags = value("MFD_CLOEXEC", "MFD_ALLOW_SEALING");
  try {
    return kernel.call("memfd_create", name, flags + value("MFD_EXEC"));
  } catch (error) {
    // Before Linux 6.3 there is no MFD_EXEC, and every memfd can be executed.
    if (!isErrno(error, "EINVAL")) throw error;
    return kernel.call("memfd_create", name, flags);
  }
}

function openUnlinkedFile(kernel: Kernel, image: Uint8Array): number {
  const failures: unknown[] = [];
  for (const directory of ["/run", "/dev/shm", "/tmp"]) {
    try {
      return openUnlinkedFileIn(kernel, directory, image);
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0];
}

function openUnlinkedFileIn(kernel: Kernel, directory: string, image: Uint8Array): number {
  using writer = open(kernel, directory, ["O_TMPFILE", "O_RDWR"], 0o700);
  writeAll(kernel, writer.number, image);
  // A file that is open for writing cannot be executed.
  using reader = open(kernel, `/proc/self/fd/${writer.number}`, ["O_RDONLY"]);
  // Fails where the file system is mounted with noexec, as /run and /dev/shm often are.
  kernel.call("faccessat2", reader.number, "", value("X_OK"), value("AT_EMPTY_PATH"));
  return reader.release();
}
