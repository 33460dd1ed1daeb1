/**
 * The `tmpcopyup` option: a tmpfs begins with what was in the directory it is mounted over.
 *
 * We copy as root, with the host's files around us, from a directory that processes of other containers may be changing at
 * the same time: so each entry is opened once, without following links, and what is looked at is what is copied.
 *
 * @see config.md, "Mounts"
 * @module
 */

import type { Stats } from "node:fs";
import type { FileDescriptor } from "../../kernel/fd.ts";
import { open, readLink, readText } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isErrno } from "../../kernel/system-call-error.ts";

/**
 * Copies a directory's content, by way of descriptors of the process that made the mount. Directories, files and links
 * are copied; devices and sockets are not.
 *
 * @param from the process' descriptor of the directory below
 * @param to the process' descriptor of the tmpfs
 */
export async function copyUp(kernel: Kernel, pid: number, from: number, to: number): Promise<void> {
  const files = await import("node:fs");
  const maps = { uid: readIdMap(kernel, pid, "uid"), gid: readIdMap(kernel, pid, "gid") };
  using source = open(kernel, `/proc/${pid}/fd/${from}`, ["O_RDONLY", "O_DIRECTORY"]);
  using target = open(kernel, `/proc/${pid}/fd/${to}`, ["O_RDONLY", "O_DIRECTORY"]);
  new CopyUp(kernel, files, maps).directory(source.number, target.number);
}

/** Ids that a user namespace knows. @see user_namespaces(7), "User and group ID mappings" */
interface IdRange {
  readonly inside: number;
  /** As we see it. */
  readonly outside: number;
  readonly count: number;
}

function readIdMap(kernel: Kernel, pid: number, kind: "uid" | "gid"): IdRange[] {
  const lines = readText(kernel, `/proc/${pid}/${kind}_map`).trim().split("\n");
  return lines.map((line) => {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, count };
  });
}

/** Root of the namespace, as we see him. */
function rootOf(map: readonly IdRange[]): number {
  return map.find(({ inside }) => inside === 0)?.outside ?? 0;
}

function knows(map: readonly IdRange[], id: number): boolean {
  return map.some(({ outside, count }) => id >= outside && id < outside + count);
}

type Files = typeof import("node:fs");

const copyChunkBytes = 64 * 1024;

/** The way back to what a descriptor is open on, whatever its name leads to by now. */
function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

class CopyUp {
  readonly #kernel: Kernel;
  readonly #files: Files;
  readonly #maps: { readonly uid: readonly IdRange[]; readonly gid: readonly IdRange[] };

  constructor(kernel: Kernel, files: Files, maps: { uid: IdRange[]; gid: IdRange[] }) {
    this.#kernel = kernel;
    this.#files = files;
    this.#maps = maps;
  }

  /** Copies what is in one open directory to another. */
  directory(source: number, target: number): void {
    for (const name of this.#files.readdirSync(descriptorPath(source))) {
      this.#entry(source, target, name);
    }
  }

  #entry(source: number, target: number, name: string): void {
    using entry = this.#open(source, name);
    if (entry === undefined) return;
    const status = this.#files.fstatSync(entry.number);
    const made = `${descriptorPath(target)}/${name}`;
    if (status.isSymbolicLink()) {
      const link = readLink(this.#kernel, "", entry.number);
      this.#asOwner(() => this.#files.symlinkSync(link, made));
    } else if (status.isDirectory()) this.#copyDirectory(entry.number, target, name);
    else if (status.isFile()) this.#copyFile(entry.number, made);
    else return;
    this.#attributes(status, made);
  }

  /** Opens an entry, whatever it is, to look at; `undefined` when it is gone. */
  #open(directory: number, name: string): FileDescriptor | undefined {
    try {
      return open(this.#kernel, name, ["O_PATH", "O_NOFOLLOW"], 0, directory);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #copyDirectory(entry: number, target: number, name: string): void {
    const flags = ["O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW"] as const;
    this.#asOwner(() =>
      this.#files.mkdirSync(`${descriptorPath(target)}/${name}`, { mode: 0o700 }),
    );
    using content = open(this.#kernel, descriptorPath(entry), ["O_RDONLY", "O_DIRECTORY"]);
    using made = open(this.#kernel, name, flags, 0, target);
    this.directory(content.number, made.number);
  }

  #copyFile(entry: number, made: string): void {
    const buffer = new Uint8Array(copyChunkBytes);
    using content = open(this.#kernel, descriptorPath(entry), ["O_RDONLY"]);
    const copy = this.#asOwner(() => this.#files.openSync(made, "wx", 0o600));
    try {
      for (;;) {
        const length = this.#files.readSync(content.number, buffer);
        if (length === 0) return;
        for (let at = 0; at < length; ) at += this.#files.writeSync(copy, buffer, at, length - at);
      }
    } finally {
      this.#files.closeSync(copy);
    }
  }

  #attributes(status: Stats, target: string): void {
    const { uid, gid } = this.#maps;
    // Of what nobody in the container's user namespace can own, its root is the owner.
    this.#files.lchownSync(
      target,
      knows(uid, status.uid) ? status.uid : rootOf(uid),
      knows(gid, status.gid) ? status.gid : rootOf(gid),
    );
    if (!status.isSymbolicLink()) this.#files.chmodSync(target, status.mode & 0o7777);
    this.#files.lutimesSync(target, status.atime, status.mtime);
  }

  /** In a user namespace's file system nobody can make a file whom that does not know (setfsuid(2)). */
  #asOwner<T>(make: () => T): T {
    const group = this.#kernel.call("setfsgid", rootOf(this.#maps.gid));
    const user = this.#kernel.call("setfsuid", rootOf(this.#maps.uid));
    try {
      return make();
    } finally {
      this.#kernel.call("setfsuid", user);
      this.#kernel.call("setfsgid", group);
    }
  }
}
