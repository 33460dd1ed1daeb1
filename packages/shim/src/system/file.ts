/**
 * Files by way of system calls: `node:fs` alone would make an idle shim half a megabyte larger.
 *
 * @module
 */

import { linuxKernel, SystemCallError } from "@ctr/runtime/kernel";
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  F_DUPFD_CLOEXEC,
  F_GETFL,
  F_SETFL,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  S_IFIFO,
  S_IFMT,
} from "./constants.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Files that the shim reads whole are small; config.json is the largest. */
const readLimitBytes = 16 * 1024 * 1024;

/** Tells whether an error is one of these errnos of a system call. */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof SystemCallError && names.includes(error.errno);
}

/** Opens a file, close-on-exec; the caller closes it. */
export function openFile(path: string, flags: number, mode = 0): number {
  return linuxKernel().call("openat", AT_FDCWD, path, flags | O_CLOEXEC, mode);
}

/** Closes a descriptor. */
export function closeFile(descriptor: number): void {
  linuxKernel().call("close", descriptor);
}

/** Returns another descriptor of the same open file, close-on-exec. */
export function duplicate(descriptor: number): number {
  return linuxKernel().call("fcntl", descriptor, F_DUPFD_CLOEXEC, 0);
}

/** Makes reads and writes of a descriptor return instead of wait. */
export function setNonBlocking(descriptor: number): void {
  const flags = linuxKernel().call("fcntl", descriptor, F_GETFL);
  linuxKernel().call("fcntl", descriptor, F_SETFL, flags | O_NONBLOCK);
}

/** Makes a pipe, both ends close-on-exec: `[read end, write end]`. */
export function makePipe(): readonly [number, number] {
  const ends = new Int32Array(2);
  linuxKernel().call("pipe2", ends, O_CLOEXEC);
  return [ends[0] ?? -1, ends[1] ?? -1];
}

/** Writes all bytes to a descriptor that waits, or fails with EAGAIN. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += linuxKernel().call("write", descriptor, bytes.subarray(at), bytes.length - at);
  }
}

/** Reads a descriptor from where it stands to its end, as text. */
export function readToEnd(descriptor: number): string {
  let bytes = new Uint8Array(4096);
  let length = 0;
  for (;;) {
    const room = bytes.subarray(length);
    const count = linuxKernel().call("read", descriptor, room, room.length);
    if (count === 0) return decoder.decode(bytes.subarray(0, length));
    length += count;
    if (length > readLimitBytes) throw new RangeError("The file is larger than 16 MiB");
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 4);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

/** Reads a whole file as text. */
export function readText(path: string): string {
  const descriptor = openFile(path, O_RDONLY);
  try {
    return readToEnd(descriptor);
  } finally {
    closeFile(descriptor);
  }
}

/** Reads a whole file as text; `undefined` when there is none. */
export function readTextIfExists(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ESRCH")) return undefined;
    throw error;
  }
}

/** Adds text to a file, which is made with mode 0600 when it is not there. */
export function appendText(path: string, text: string): void {
  const descriptor = openFile(path, O_WRONLY | O_CREAT | O_APPEND, 0o600);
  try {
    writeAll(descriptor, encoder.encode(text));
  } finally {
    closeFile(descriptor);
  }
}

/** Writes a file with mode 0600. */
export function writeText(path: string, text: string): void {
  const descriptor = openFile(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
  try {
    writeAll(descriptor, encoder.encode(text));
  } finally {
    closeFile(descriptor);
  }
}

/**
 * Writes a file so that it is whole or not there, and is on the disk when this returns.
 *
 * @param modifiedMs its modification time, in ms since 1970
 */
export function writeDurably(path: string, text: string, modifiedMs: number): void {
  const temporary = `${path}.tmp`;
  const descriptor = openFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
  try {
    writeAll(descriptor, encoder.encode(text));
    linuxKernel().call("utimensat", descriptor, null, timespecs(modifiedMs), 0);
    linuxKernel().call("fsync", descriptor);
  } finally {
    closeFile(descriptor);
  }
  linuxKernel().call("renameat2", AT_FDCWD, temporary, AT_FDCWD, path, 0);
  const directory = openFile(path.slice(0, path.lastIndexOf("/")) || "/", O_RDONLY);
  try {
    linuxKernel().call("fsync", directory);
  } finally {
    closeFile(directory);
  }
}

/** Two `struct timespec`, for access and for modification. */
function timespecs(ms: number): BigUint64Array {
  const seconds = BigInt(Math.floor(ms / 1000));
  const nanoseconds = BigInt(Math.floor(ms % 1000)) * 1_000_000n;
  return new BigUint64Array([seconds, nanoseconds, seconds, nanoseconds]);
}

/** Returns a file's modification time in ms since 1970; `undefined` when there is no such file. */
export function modifiedMs(path: string): number | undefined {
  const status = statusOf(path);
  // struct statx: stx_mtime at 112, seconds as i64 and nanoseconds as u32
  return status === undefined
    ? undefined
    : Number(status.getBigInt64(112, true)) * 1000 + Math.floor(status.getUint32(120, true) / 1e6);
}

/** Tells whether a path leads to a FIFO. */
export function isFifo(path: string): boolean {
  // struct statx: stx_mode at 28
  const mode = statusOf(path)?.getUint16(28, true) ?? 0;
  return (mode & S_IFMT) === S_IFIFO;
}

function statusOf(path: string): DataView | undefined {
  const STATX_BASIC_STATS = 0x7ff;
  const buffer = new Uint8Array(256);
  try {
    linuxKernel().call("statx", AT_FDCWD, path, 0, STATX_BASIC_STATS, buffer);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
  return new DataView(buffer.buffer);
}

/** Makes a FIFO with mode 0600; one that is there already is fine. */
export function makeFifo(path: string): void {
  try {
    linuxKernel().call("mknodat", AT_FDCWD, path, S_IFIFO | 0o600, 0);
  } catch (error) {
    if (!isErrno(error, "EEXIST") || !isFifo(path)) throw error;
  }
}

/** Makes a directory with mode 0700. */
export function makeDirectory(path: string): void {
  linuxKernel().call("mkdirat", AT_FDCWD, path, 0o700);
}

/** Renames a file; the other name is replaced. */
export function renameFile(from: string, to: string): void {
  linuxKernel().call("renameat2", AT_FDCWD, from, AT_FDCWD, to, 0);
}

/** Removes a file; none is fine. */
export function removeFile(path: string): void {
  try {
    linuxKernel().call("unlinkat", AT_FDCWD, path, 0);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

/** Removes an empty directory; tells whether it is gone. */
export function removeEmptyDirectory(path: string): boolean {
  try {
    linuxKernel().call("unlinkat", AT_FDCWD, path, AT_REMOVEDIR);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    if (isErrno(error, "ENOTEMPTY", "EEXIST")) return false;
    throw error;
  }
}

/** Removes a directory and the files in it; it has no directories. None is fine. */
export function removeFlatDirectory(path: string): void {
  for (const entry of listDirectory(path)) removeFile(`${path}/${entry.name}`);
  removeEmptyDirectory(path);
}

/** Something in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Lists a directory; one that is not there is empty. */
export function listDirectory(path: string): readonly DirectoryEntry[] {
  let directory: number;
  try {
    directory = openFile(path, O_RDONLY);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
  try {
    const entries: DirectoryEntry[] = [];
    const buffer = new Uint8Array(4096);
    for (;;) {
      const length = linuxKernel().call("getdents64", directory, buffer, buffer.length);
      if (length === 0) return entries;
      readEntries(buffer, length, entries);
    }
  } finally {
    closeFile(directory);
  }
}

/** Reads `struct linux_dirent64`: u64 ino, s64 off, u16 reclen, u8 type, name. */
function readEntries(buffer: Uint8Array, length: number, entries: DirectoryEntry[]): void {
  const DT_DIR = 4;
  const view = new DataView(buffer.buffer);
  for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
    const name = decoder.decode(buffer.subarray(at + 19, buffer.indexOf(0, at + 19)));
    if (name === "." || name === "..") continue;
    entries.push({ name, isDirectory: view.getUint8(at + 18) === DT_DIR });
  }
}
