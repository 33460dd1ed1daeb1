/**
 * Files by way of a {@linkcode Kernel}, so that tests can record them and make them fail.
 *
 * @module
 */

import { type ConstantName, value } from "../machine/constants.ts";
import { FileDescriptor } from "./fd.ts";
import type { Kernel } from "./kernel.ts";
import { isErrno } from "./system-call-error.ts";

const AT_FDCWD = value("AT_FDCWD");
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How many bytes of a file are read at the most, unless told. */
export const readLimitBytes: number = 16 * 1024 * 1024;

/** Opens a file, close-on-exec. */
export function open(
  kernel: Kernel,
  path: string,
  flags: readonly ConstantName[],
  mode = 0,
  directory: number = AT_FDCWD,
): FileDescriptor {
  const descriptor = kernel.call("openat", directory, path, value("O_CLOEXEC", ...flags), mode);
  return new FileDescriptor(kernel, descriptor);
}

/**
 * Opens a path of a container, close-on-exec: it cannot lead out of a directory, whatever links it goes over (openat2(2)).
 *
 * @param root a descriptor of the directory
 * @param resolve further restrictions: `RESOLVE_NO_SYMLINKS`, say
 */
export function openInRoot(
  kernel: Kernel,
  root: number,
  path: string,
  flags: readonly ConstantName[],
  resolve: readonly ConstantName[] = [],
): FileDescriptor {
  // struct open_how: u64 flags, u64 mode, u64 resolve
  const how = new BigUint64Array([
    BigInt(value("O_CLOEXEC", ...flags)),
    0n,
    BigInt(value("RESOLVE_IN_ROOT", "RESOLVE_NO_MAGICLINKS", ...resolve)),
  ]);
  for (let tries = 1; ; tries++) {
    try {
      return new FileDescriptor(kernel, kernel.call("openat2", root, path, how, 24));
    } catch (error) {
      // Something was renamed or mounted anywhere on the machine while a ".." was looked at (openat2(2), EAGAIN).
      if (!isErrno(error, "EAGAIN") || tries === triesMax) throw error;
    }
  }
}

const triesMax = 128;

/** Reads a descriptor to its end. */
export function readAll(
  kernel: Kernel,
  descriptor: number,
  limitBytes: number = readLimitBytes,
): Uint8Array {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (;;) {
    const count = kernel.call("read", descriptor, bytes.subarray(length), bytes.length - length);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > limitBytes) throw new RangeError(`A file is larger than ${limitBytes} bytes`);
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 4);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** Reads a whole file as text. */
export function readText(kernel: Kernel, path: string, directory: number = AT_FDCWD): string {
  using file = open(kernel, path, ["O_RDONLY"], 0, directory);
  return decoder.decode(readAll(kernel, file.number));
}

/** Reads a whole file as text, or returns `undefined` when there is none. */
export function readTextIfExists(
  kernel: Kernel,
  path: string,
  directory: number = AT_FDCWD,
): string | undefined {
  try {
    return readText(kernel, path, directory);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ESRCH", "ENODEV")) return undefined;
    throw error;
  }
}

/** Writes text to an existing file in one write(2), as files of the kernel want it. */
export function writeValue(
  kernel: Kernel,
  path: string,
  text: string,
  directory: number = AT_FDCWD,
): void {
  using file = open(kernel, path, ["O_WRONLY"], 0, directory);
  const bytes = encoder.encode(text);
  kernel.call("write", file.number, bytes, bytes.length);
}

/** Writes all bytes to a descriptor. */
export function writeAll(kernel: Kernel, descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += kernel.call("write", descriptor, bytes.subarray(at), bytes.length - at);
  }
}

/** Writes a file so that others see the old content or the new, never a part. */
export function writeAtomically(kernel: Kernel, path: string, text: string, mode = 0o600): void {
  const temporary = `${path}.tmp`;
  try {
    using file = open(kernel, temporary, ["O_WRONLY", "O_CREAT", "O_TRUNC"], mode);
    writeAll(kernel, file.number, encoder.encode(text));
    kernel.call("renameat2", AT_FDCWD, temporary, AT_FDCWD, path, 0);
  } catch (error) {
    remove(kernel, temporary);
    throw error;
  }
}

/** Makes a directory; tells whether it was not there before. */
export function makeDirectory(
  kernel: Kernel,
  path: string,
  mode: number,
  directory: number = AT_FDCWD,
): boolean {
  try {
    kernel.call("mkdirat", directory, path, mode);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** Makes a directory and those above it. */
export function makeDirectories(kernel: Kernel, path: string, mode: number): void {
  try {
    makeDirectory(kernel, path, mode);
  } catch (error) {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!isErrno(error, "ENOENT") || parent === "") throw error;
    makeDirectories(kernel, parent, mode);
    makeDirectory(kernel, path, mode);
  }
}

/** Removes a file; no file is fine. */
export function remove(kernel: Kernel, path: string): void {
  unlink(kernel, path, 0);
}

/** Removes an empty directory; none is fine. */
export function removeDirectory(kernel: Kernel, path: string): void {
  unlink(kernel, path, value("AT_REMOVEDIR"));
}

function unlink(kernel: Kernel, path: string, flags: number): void {
  try {
    kernel.call("unlinkat", AT_FDCWD, path, flags);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

/** Tells whether a path leads to something. */
export function exists(kernel: Kernel, path: string): boolean {
  try {
    kernel.call("faccessat2", AT_FDCWD, path, 0, 0);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Something in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Lists a directory without `.` and `..`; a directory that is not there is empty. */
export function listDirectory(kernel: Kernel, path: string): DirectoryEntry[] {
  let directory: FileDescriptor;
  try {
    directory = open(kernel, path, ["O_RDONLY"]);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
  using _ = directory;
  const entries: DirectoryEntry[] = [];
  const buffer = new Uint8Array(32_768);
  const view = new DataView(buffer.buffer);
  for (;;) {
    const length = readEntries(kernel, directory.number, buffer);
    if (length === 0) return entries;
    // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, name
    for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
      const name = decoder.decode(buffer.subarray(at + 19, buffer.indexOf(0, at + 19)));
      const DT_DIR = 4;
      if (name !== "." && name !== "..")
        entries.push({ name, isDirectory: view.getUint8(at + 18) === DT_DIR });
    }
  }
}

/** Returns how many bytes of entries were read: none at the end, or when the directory has been removed meanwhile. */
function readEntries(kernel: Kernel, directory: number, buffer: Uint8Array): number {
  try {
    return kernel.call("getdents64", directory, buffer, buffer.length);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
}

/** Makes a FIFO. */
export function makeFifo(kernel: Kernel, path: string, mode: number): void {
  kernel.call("mknodat", AT_FDCWD, path, value("S_IFIFO") | mode, 0);
}

/** The longest path that the kernel gives, with its NUL. */
const pathMax = 4096;

/** Returns where a symbolic link leads; an empty path stands for the descriptor itself. */
export function readLink(kernel: Kernel, path: string, directory: number = AT_FDCWD): string {
  const bytes = new Uint8Array(pathMax);
  const length = kernel.call("readlinkat", directory, path, bytes, bytes.length);
  return decoder.decode(bytes.subarray(0, length));
}
