/** The `tmpcopyup` option: a tmpfs begins with what was in the directory it is mounted over. @see config.md, "Mounts" */

import { chmodSync, cpSync, lchownSync, lstatSync, lutimesSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Copies a directory's content, by way of descriptors of the process that made the mount.
 *
 * @param from the process' descriptor of the directory below
 * @param to the process' descriptor of the tmpfs
 */
export function copyUp(pid: number, from: number, to: number): void {
  const [source, target] = [`/proc/${pid}/fd/${from}`, `/proc/${pid}/fd/${to}`];
  for (const name of readdirSync(source)) {
    cpSync(join(source, name), join(target, name), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    });
    copyOwner(join(source, name), join(target, name));
  }
}

function copyOwner(source: string, target: string): void {
  const status = lstatSync(source);
  lchownSync(target, status.uid, status.gid);
  if (status.isSymbolicLink()) return;
  if (status.isDirectory()) {
    for (const name of readdirSync(source)) copyOwner(join(source, name), join(target, name));
  }
  chmodSync(target, status.mode & 0o7777);
  lutimesSync(target, status.atime, status.mtime);
}
