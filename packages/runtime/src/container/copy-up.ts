/** The `tmpcopyup` option: a tmpfs begins with what was in the directory it is mounted over. @see config.md, "Mounts" */

import {
  chmodSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { Kernel } from "../kernel/kernel.ts";

/** Who owns what is made in the tmpfs until it gets its own owner: root of the container, as the host sees him. */
export interface CopyOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Copies a directory's content, by way of descriptors of the process that made the mount. Directories, files and links
 * are copied; devices and sockets are not.
 *
 * @param from the process' descriptor of the directory below
 * @param to the process' descriptor of the tmpfs
 */
export function copyUp(
  kernel: Kernel,
  pid: number,
  from: number,
  to: number,
  owner: CopyOwner,
): void {
  new CopyUp(kernel, owner).directory(`/proc/${pid}/fd/${from}`, `/proc/${pid}/fd/${to}`);
}

class CopyUp {
  readonly #kernel: Kernel;
  readonly #owner: CopyOwner;

  constructor(kernel: Kernel, owner: CopyOwner) {
    this.#kernel = kernel;
    this.#owner = owner;
  }

  directory(source: string, target: string): void {
    for (const name of readdirSync(source)) {
      this.#entry(`${source}/${name}`, `${target}/${name}`);
    }
  }

  #entry(source: string, target: string): void {
    const status = lstatSync(source);
    if (status.isSymbolicLink()) {
      const link = readlinkSync(source);
      this.#asOwner(() => symlinkSync(link, target));
    } else if (status.isDirectory()) {
      this.#asOwner(() => mkdirSync(target, 0o700));
      this.directory(source, target);
    } else if (status.isFile()) {
      const content = readFileSync(source);
      this.#asOwner(() => writeFileSync(target, content, { flag: "wx", mode: 0o600 }));
    } else return;
    this.#attributes(status, target);
  }

  #attributes(status: Stats, target: string): void {
    try {
      lchownSync(target, status.uid, status.gid);
    } catch (error) {
      // An owner that the container's user namespace does not know: root of the container stays it.
      if (!isCode(error, "EINVAL", "EOVERFLOW")) throw error;
    }
    if (!status.isSymbolicLink()) chmodSync(target, status.mode & 0o7777);
    lutimesSync(target, status.atime, status.mtime);
  }

  /** In a user namespace's file system nobody can make a file whom that does not know (setfsuid(2)). */
  #asOwner(make: () => void): void {
    const { uid, gid } = this.#owner;
    const group = this.#kernel.call("setfsgid", gid);
    const user = this.#kernel.call("setfsuid", uid);
    try {
      make();
    } finally {
      this.#kernel.call("setfsuid", user);
      this.#kernel.call("setfsgid", group);
    }
  }
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    codes.includes(error.code)
  );
}
