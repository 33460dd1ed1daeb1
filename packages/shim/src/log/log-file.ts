import { isErrno, linuxKernel } from "@ctr/runtime/kernel";
import type { Handover } from "../sleep/handover.ts";
import type { SavedLog } from "../sleep/saved-shim.ts";
import { closeFile, openFile, seekToEnd } from "../system/descriptor.ts";
import { renameFile } from "../system/file.ts";

const newline = 10;

/** What a {@linkcode LogFile} is made from. */
export interface LogFileOptions {
  readonly path: string;
  /** Whether the file is a sequence of lines, none of which may be torn apart. */
  readonly lines: boolean;
  readonly sizeBytesMax?: number;
  /** @default 2 */
  readonly filesMax?: number;
  /** Is told once when writing fails, and again after it has worked in between. */
  readonly onFailure: (error: unknown) => void;
  /** The file as it was left open, which may not be at the path any more. */
  readonly saved?: SavedLog;
}

/**
 * A file that output is appended to, and that is renamed when it is full.
 *
 * Writing never fails for the caller: a full disk must not end a container. What cannot be written is lost, and what
 * comes after it begins on a new line.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #descriptor: number;
  #size: number;
  /** Whether the last write took only a part. */
  #torn: boolean;
  #failing = false;

  /**
   * Opens the file.
   *
   * @throws {SystemCallError} when it cannot be opened.
   */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#descriptor = options.saved?.descriptor ?? openLog(options.path);
    this.#torn = options.saved?.isTorn ?? false;
    this.#size = seekToEnd(this.#descriptor);
  }

  /** Appends bytes: whole lines, when the file is a sequence of lines. */
  append(bytes: Uint8Array): void {
    let rest = this.#torn ? afterTear(bytes) : bytes;
    try {
      while (rest.length > 0) {
        const count = this.#fitting(rest);
        if (count === 0) this.#rotate();
        else this.#write(rest.subarray(0, count));
        rest = rest.subarray(count);
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.onFailure(error);
      this.#failing = true;
    }
  }

  /** Opens the path anew: somebody has renamed the file. */
  reopen(): void {
    const descriptor = openLog(this.#options.path);
    closeFile(this.#descriptor);
    this.#descriptor = descriptor;
    this.#size = seekToEnd(descriptor);
    this.#torn = false;
  }

  /** Leaves the file open for another shim. */
  save(handover: Handover): SavedLog {
    return { descriptor: handover.keep(this.#descriptor), isTorn: this.#torn };
  }

  /** Closes the file. */
  close(): void {
    closeFile(this.#descriptor);
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      this.#torn = this.#options.lines && at > 0;
      const rest = bytes.subarray(at);
      const count = linuxKernel().call("write", this.#descriptor, rest, rest.length);
      this.#size += count;
      at += count;
    }
    this.#torn = false;
  }

  /** How many of the bytes go into this file; 0 when it is full. */
  #fitting(bytes: Uint8Array): number {
    const { sizeBytesMax, lines } = this.#options;
    if (sizeBytesMax === undefined) return bytes.length;
    const room = sizeBytesMax - this.#size;
    if (bytes.length <= room) return bytes.length;
    const cut = room <= 0 ? 0 : bytes.subarray(0, room).lastIndexOf(newline) + 1;
    if (cut > 0 || this.#size > 0) return cut;
    // Not even one line fits into an empty file: lines stay whole, a raw stream is cut.
    return lines ? bytes.indexOf(newline) + 1 : Math.max(1, room);
  }

  /** `path` becomes `path.1`, `path.1` becomes `path.2`, and so on; the last is replaced. */
  #rotate(): void {
    const { path, filesMax = 2 } = this.#options;
    for (let number = filesMax - 1; number > 0; number--) {
      const from = number === 1 ? path : `${path}.${number - 1}`;
      try {
        renameFile(from, `${path}.${number}`);
      } catch (error) {
        // There are fewer so far, or somebody has removed one.
        if (!isErrno(error, "ENOENT")) throw error;
      }
    }
    if (filesMax <= 1) linuxKernel().call("ftruncate", this.#descriptor, 0);
    this.reopen();
  }
}

function openLog(path: string): number {
  return openFile(path, ["O_WRONLY", "O_CREAT", "O_APPEND"], 0o600);
}

function afterTear(bytes: Uint8Array): Uint8Array {
  const repaired = new Uint8Array(bytes.length + 1);
  repaired[0] = newline;
  repaired.set(bytes, 1);
  return repaired;
}
