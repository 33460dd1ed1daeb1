/**
 * A static ELF executable: data that cannot be executed, code that cannot be written, and zeroed memory.
 *
 * The data comes first in the file, at a fixed address, so that code can be written while the data still grows.
 *
 * Source: elf(5); System V Application Binary Interface, "Object Files".
 *
 * @module
 */

import type { Architecture } from "./syscalls.ts";

const headerSize = 64;
const segmentSize = 56;
const segments = 4;
const dataOffset = align(headerSize + segments * segmentSize, 16);

const codeBase = 0x40_0000;
const dataBase = 0x1000_0000;

/** Address of the first byte of data. All addresses are below 2 GiB, where an instruction can name any. */
export const dataAddress: number = dataBase + dataOffset;

/** Address of the zeroed memory. */
export const zeroedAddress = 0x2000_0000;

const zeroedEnd = 0x4000_0000;

/** Segments must not share a page; 64 KiB is the largest page of arm64. */
const pageSizes: Readonly<Record<Architecture, number>> = { "x86-64": 0x1000, arm64: 0x1_0000 };
const machines: Readonly<Record<Architecture, number>> = { "x86-64": 62, arm64: 183 };

/** Bytes that can be copied into an image. */
interface Section {
  readonly length: number;
  copyTo(target: Uint8Array, at: number): void;
}

/**
 * Lays out an executable that begins with the first byte of `code`.
 *
 * @param zeroedLength bytes of zeroed memory at {@linkcode zeroedAddress}
 * @throws {RangeError} when a part is larger than the addresses between it and the next, about 256 MB
 */
export function buildElf(
  architecture: Architecture,
  code: Section,
  data: Section,
  zeroedLength: number,
): Uint8Array {
  const codeOffset = codeOffsetAfter(data.length);
  const page = pageSizes[architecture];
  const entry = codeAddress(architecture, data.length);
  if (
    entry + code.length > dataBase ||
    dataAddress + data.length > zeroedAddress ||
    zeroedAddress + zeroedLength > zeroedEnd
  ) {
    throw new RangeError("A program is too large");
  }
  const image = new Uint8Array(codeOffset + code.length);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian, version 1
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, machines[architecture], true);
  view.setUint32(20, 1, true);
  view.setUint32(24, entry, true);
  view.setUint32(32, headerSize, true); // program headers
  view.setUint16(52, headerSize, true);
  view.setUint16(54, segmentSize, true);
  view.setUint16(56, segments, true);

  let at = headerSize;
  const segment = (
    type: number,
    flags: number,
    offset: number,
    address: number,
    fileSize: number,
    memorySize: number,
  ): void => {
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    view.setUint32(at + 8, offset, true);
    view.setUint32(at + 16, address, true);
    view.setUint32(at + 24, address, true);
    view.setUint32(at + 32, fileSize, true);
    view.setUint32(at + 40, memorySize, true);
    view.setUint32(at + 48, page, true);
    at += segmentSize;
  };
  const [read, write, execute] = [4, 2, 1];
  const load = 1;
  const gnuStack = 0x6474_e551; // says that the stack is not executable
  const unused = 0;
  segment(load, read | execute, codeOffset, entry, code.length, code.length);
  segment(load, read | write, dataOffset, dataAddress, data.length, data.length);
  if (zeroedLength > 0) segment(load, read | write, 0, zeroedAddress, 0, zeroedLength);
  else segment(unused, 0, 0, 0, 0, 0);
  segment(gnuStack, read | write, 0, 0, 0, 0);
  data.copyTo(image, dataOffset);
  code.copyTo(image, codeOffset);
  return image;
}

/** Returns the address of the first byte of code behind this many bytes of data. */
export function codeAddress(architecture: Architecture, dataLength: number): number {
  return codeBase + (codeOffsetAfter(dataLength) % pageSizes[architecture]);
}

function codeOffsetAfter(dataLength: number): number {
  return align(dataOffset + dataLength, 16);
}

/** Rounds up to a multiple of a power of two. */
export function align(value: number, to: number): number {
  return (value + to - 1) & ~(to - 1);
}
