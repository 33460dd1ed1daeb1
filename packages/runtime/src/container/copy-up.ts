/** The `tmpcopyup` option: a tmpfs begins with what was in the directory it is mounted over. @see config.md, "Mounts" */

import type { Stats } from "node:fs";
import { readText } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";

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
  new CopyUp(kernel, files, maps).directory(`/proc/${pid}/fd/${from}`, `/proc/${pid}/fd/${to}`);
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

class CopyUp {
  readonly #kernel: Kernel;
  readonly #files: Files;
  readonly #maps: { readonly uid: readonly IdRange[]; readonly gid: readonly IdRange[] };

  constructor(kernel: Kernel, files: Files, maps: { uid: IdRange[]; gid: IdRange[] }) {
    this.#kernel = kernel;
    this.#files = files;
    this.#maps = maps;
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
  #asOwner(make: () => void): void {
    const group = this.#kernel.call("setfsgid", rootOf(this.#maps.gid));
    const user = this.#kernel.call("setfsuid", rootOf(this.#maps.uid));
    try {
      make();
    } finally {
      this.#kernel.call("setfsuid", user);
      this.#kernel.call("setfsgid", group);
    }
  }
}
