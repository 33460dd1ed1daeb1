import type { FileHandle } from "node:fs/promises";

const blockLength = 64 * 1024;
const newline = 0x0a;
/** A longer line is read in pieces. */
const pieceLengthMax = 1024 * 1024;

/** A line of a file. */
export interface FileLine {
  /** Without its newline. */
  readonly bytes: Uint8Array;
  /** Where it begins in the file. */
  readonly start: number;
  /** Whether it has a newline. */
  readonly isWhole: boolean;
}

/** Reads the lines of a file as far as it goes now, and later what was added. */
export class LineReader {
  readonly #handle: FileHandle;
  /** Where the bytes end that were read. */
  #end: number;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(handle: FileHandle, start: number) {
    this.#handle = handle;
    this.#end = start;
  }

  /** Reads some more; `undefined` at what is the end now. */
  async next(): Promise<readonly FileLine[] | undefined> {
    const block = new Uint8Array(blockLength);
    const { bytesRead } = await this.#handle.read(block, 0, blockLength, this.#end);
    if (bytesRead === 0) {
      await this.#restartWhenTruncated();
      return undefined;
    }
    const bytes = Buffer.concat([this.#rest, block.subarray(0, bytesRead)]);
    const base = this.#end - this.#rest.length;
    this.#end += bytesRead;
    const lines: FileLine[] = [];
    let start = 0;
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, start)) {
      lines.push({ bytes: bytes.subarray(start, at), start: base + start, isWhole: true });
      start = at + 1;
    }
    this.#rest = bytes.subarray(start);
    const piece = this.#rest.length > pieceLengthMax ? this.takeRest() : undefined;
    return piece === undefined ? lines : [...lines, piece];
  }

  /** Returns the line that has no newline yet, and does not return it again; `undefined` when there is none. */
  takeRest(): FileLine | undefined {
    const bytes = this.#rest;
    if (bytes.length === 0) return undefined;
    this.#rest = new Uint8Array(0);
    return { bytes, start: this.#end - bytes.length, isWhole: false };
  }

  /** Somebody may have emptied the file to save space. */
  async #restartWhenTruncated(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size >= this.#end) return;
    this.#end = 0;
    this.#rest = new Uint8Array(0);
  }
}

/** Reads the lines of a file from its last to its first. */
export async function* readLinesBackwards(handle: FileHandle): AsyncGenerator<FileLine> {
  let position = (await handle.stat()).size;
  // Bytes from `position` on whose line begins further up.
  let rest: Uint8Array = new Uint8Array(0);
  let isWhole = false;
  while (position > 0) {
    const length = Math.min(blockLength, position);
    const block = new Uint8Array(length);
    const { bytesRead } = await handle.read(block, 0, length, position - length);
    if (bytesRead < length) return;
    position -= length;
    const bytes = Buffer.concat([block, rest]);
    const newlines = newlinesBackwards(bytes);
    let end = bytes.length;
    for (const at of newlines) {
      const line = { bytes: bytes.subarray(at + 1, end), start: position + at + 1, isWhole };
      // After the last newline of the file there is no line.
      if (isWhole || line.bytes.length > 0) yield line;
      isWhole = true;
      end = at;
    }
    rest = bytes.subarray(0, end);
    if (rest.length > pieceLengthMax) {
      yield { bytes: rest, start: position, isWhole };
      rest = new Uint8Array(0);
      isWhole = false;
    }
  }
  if (isWhole || rest.length > 0) yield { bytes: rest, start: 0, isWhole };
}

function newlinesBackwards(bytes: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    found.push(at);
  }
  return found.reverse();
}
