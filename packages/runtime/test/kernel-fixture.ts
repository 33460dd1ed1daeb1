/**
 * What tests of the kernel's wrappers share: a folder, pipes, and what was thrown.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileDescriptor } from "../src/kernel/fd.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { value } from "../src/machine/constants.ts";

/** A folder that is removed with everything in it. */
export class Scratch implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "ctr-test-kernel-"));
  #names = 0;

  /** Returns a path in the folder that nothing has yet. */
  fresh(name = "file"): string {
    return join(this.folder, `${name}-${this.#names++}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Makes a pipe: the end that is read, and the one that is written. */
export function pipe(): [reader: FileDescriptor, writer: FileDescriptor] {
  const kernel = linuxKernel();
  const ends = new Int32Array(2);
  kernel.call("pipe2", ends, value("O_CLOEXEC"));
  return [new FileDescriptor(kernel, ends[0] ?? -1), new FileDescriptor(kernel, ends[1] ?? -1)];
}

/** Returns what a piece of work throws; `undefined` when it does not. */
export function thrown(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
