/**
 * Files as a shim needs them, by way of system calls: `node:fs` alone would make an idle shim half a megabyte larger.
 *
 * @module
 */

import {
  isErrno,
  linuxKernel,
  listDirectory,
  makeFifo as makeNewFifo,
  open,
  remove,
  removeDirectory,
  value,
  writeAll,
  writeAtomically,
} from "@ctr/runtime/kernel";

const AT_FDCWD = value("AT_FDCWD");
const encoder = new TextEncoder();

/** The mode of every file of ours. */
export const privateFileMode = 0o600;

/** Keeps a file that somebody else has made to its owner. */
export function makePrivate(path: string): void {
  linuxKernel().call("fchmodat", AT_FDCWD, path, privateFileMode);
}

/** Adds text to a file, which is made with mode 0600 when it is not there. */
export function appendText(path: string, text: string): void {
  const kernel = linuxKernel();
  using file = open(kernel, path, ["O_WRONLY", "O_CREAT", "O_APPEND"], privateFileMode);
  writeAll(kernel, file.number, encoder.encode(text));
}

/** Writes a file with mode 0600, so that it is whole or not there: whoever waits for it may read it at once. */
export function writeText(path: string, text: string): void {
  writeAtomically(linuxKernel(), path, text, privateFileMode);
}

/**
 * As {@linkcode writeText}, and the file is on the disk when this returns.
 *
 * @param modifiedMs its modification time, in ms since 1970
 */
export function writeDurably(path: string, text: string, modifiedMs: number): void {
  const kernel = linuxKernel();
  const temporary = `${path}.tmp`;
  {
    using file = open(kernel, temporary, ["O_WRONLY", "O_CREAT", "O_TRUNC"], privateFileMode);
    writeAll(kernel, file.number, encoder.encode(text));
    kernel.call("utimensat", file.number, null, timespecs(modifiedMs), 0);
    kernel.call("fsync", file.number);
  }
  renameFile(temporary, path);
  using directory = open(kernel, path.slice(0, path.lastIndexOf("/")) || "/", ["O_RDONLY"]);
  kernel.call("fsync", directory.number);
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
  return (mode & value("S_IFMT")) === value("S_IFIFO");
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
    makeNewFifo(linuxKernel(), path, privateFileMode);
  } catch (error) {
    if (!isErrno(error, "EEXIST") || !isFifo(path)) throw error;
  }
}

/** Renames a file; the other name is replaced. */
export function renameFile(from: string, to: string): void {
  linuxKernel().call("renameat2", AT_FDCWD, from, AT_FDCWD, to, 0);
}

/** Removes a directory unless something is in it. */
export function removeIfEmpty(path: string): void {
  try {
    removeDirectory(linuxKernel(), path);
  } catch (error) {
    if (!isErrno(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
}

/** Removes a directory and the files in it; it has no directories. None is fine. */
export function removeFlatDirectory(path: string): void {
  const kernel = linuxKernel();
  for (const { name } of listDirectory(kernel, path)) remove(kernel, `${path}/${name}`);
  removeIfEmpty(path);
}
