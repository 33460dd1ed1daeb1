/** The `tmpcopyup` option: a tmpfs begins with what was in the directory it is mounted over. @see config.md, "Mounts" */

import type { Stats } from "node:fs";
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
export async function copyUp(
  kernel: Kernel,
  pid: number,
  from: number,
  to: number,
  owner: CopyOwner,
): Promise<void> {
  const files = await import("node:fs");
  new CopyUp(kernel, files, owner).directory(`/proc/${pid}/fd/${from}`, `/proc/${pid}/fd/${to}`);
}

type Files = typeof import("node:fs");

class CopyUp {
  readonly #kernel: Kernel;
  readonly #files: Files;
  readonly #owner: CopyOwner;

  constructor(kernel: Kernel, files: Files, owner: CopyOwner) {
    this.#kernel = kernel;
    this.#files = files;
    this.#owner = owner;
  }

  directory(source: string, target: string): void {
    for (const name of this.#files.readdirSync(source)) {
      this.#entry(`${source}/${name}`, `${target}/${name}`);
    }
  }

  #entry(source: string, target: string): void {
    const status = this.#files.lstatSync(source);
    if (status.isSymbolicLink()) {
      const link = this.#files.readlinkSync(source);
      this.#asOwner(() => this.#files.symlinkSync(link, target));
    } else if (status.isDirectory()) {
      this.#asOwner(() => this.#files.mkdirSync(target, 0o700));
      this.directory(source, target);
    } else if (status.isFile()) {
      const content = this.#files.readFileSync(source);
      this.#asOwner(() => this.#files.writeFileSync(target, content, { flag: "wx", mode: 0o600 }));
    } else return;
    this.#attributes(status, target);
  }

  #attributes(status: Stats, target: string): void {
    try {
      this.#files.lchownSync(target, status.uid, status.gid);
    } catch (error) {
      // An owner that the container's user namespace does not know: root of the container stays it.
      if (!isCode(error, "EINVAL", "EOVERFLOW")) throw error;
    }
    if (!status.isSymbolicLink()) this.#files.chmodSync(target, status.mode & 0o7777);
    this.#files.lutimesSync(target, status.atime, status.mtime);
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
