import type { Kernel } from "./kernel.ts";

/** What statfs(2) tells of the file system that a file is on. */
export interface FileSystemInfo {
  /** Its magic number, `f_type`. */
  readonly type: number;
  /** How it is mounted there, `f_flags`: `ST_RDONLY` and so on. */
  readonly flags: bigint;
}

/** Size of `struct statfs`, and where `f_type` and `f_flags` are: the same on every architecture with 64 bits. */
const size = 120;
const typeAt = 0;
const flagsAt = 80;

/**
 * Asks for the file system of a path or an open file.
 *
 * @throws {SystemCallError}
 * @see statfs(2)
 */
export function statfs(kernel: Kernel, file: string | number): FileSystemInfo {
  const buffer = new Uint8Array(size);
  if (typeof file === "string") kernel.call("statfs", file, buffer);
  else kernel.call("fstatfs", file, buffer);
  const view = new DataView(buffer.buffer);
  return { type: view.getUint32(typeAt, true), flags: view.getBigUint64(flagsAt, true) };
}
