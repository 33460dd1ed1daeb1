/**
 * Places in a root filesystem that are named by way of links: /var/run, or /etc/resolv.conf of an image whose systemd is
 * not running, which leads to nothing yet. What is to be there is made where the link leads, as runc does.
 *
 * The init program makes directories part by part and has no loop: not to follow a link to nothing with, nor to look
 * again when openat2(2) says EAGAIN, which it may where a link goes up by a ".." while somebody renames or mounts
 * anywhere on the machine. So we look where links lead before the program is written. Should one change meanwhile, the
 * program still cannot be led out of the root.
 *
 * @module
 */

import type { Config, Mount } from "@ctr/spec";
import { cleanPath } from "../../init/container-path.ts";
import { parseMountOptions } from "../../init/mounts/mount-options.ts";
import { lastPart, parentOf } from "../../init/mounts/mountpoint.ts";
import type { FileDescriptor } from "../../kernel/fd.ts";
import { open, openInRoot, readLink } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { SystemCallError } from "../../kernel/kernel.ts";
import { isErrno } from "../../kernel/system-call-error.ts";
import type { ConstantName } from "../../machine/constants.ts";

/** As many links as the kernel follows in one path. */
const linksMax = 40;

/**
 * Puts where links lead into the destinations of mounts and the working directory.
 *
 * @param copied places of the mounts that make a link anew, and so do not follow one that is there
 */
export function followLinks(
  kernel: Kernel,
  rootfs: string,
  config: Config,
  copied: Pick<ReadonlyMap<number, unknown>, "has"> = new Map(),
): Config {
  const { mounts = [], process } = config;
  const cwd = process === undefined ? "/" : cleanPath(process.cwd);
  if (mounts.length === 0 && cwd === "/") return config;
  using root = open(kernel, rootfs, ["O_PATH", "O_DIRECTORY"]);
  const follow = (path: string, before: readonly Mount[]): string =>
    isBelow(path, before) ? path : whereItLeads(kernel, root.number, path);
  const followed = mounts.map((mount, index): Mount => {
    const destination = cleanPath(mount.destination);
    const before = mounts.slice(0, index);
    const isPlace = copied.has(index) || parseMountOptions(mount.options).links.keepTarget;
    const leads = isKept(mount)
      ? destination
      : isPlace && destination !== "/"
        ? cleanPath(`${follow(parentOf(destination), before)}/${lastPart(destination)}`)
        : follow(destination, before);
    return leads === destination ? mount : { ...mount, destination: leads };
  });
  const directory = follow(cwd, mounts);
  return {
    ...config,
    mounts: followed,
    ...(process === undefined || directory === cwd
      ? {}
      : { process: { ...process, cwd: directory } }),
  };
}

/** What is there already is not made; proc and sysfs are never put where a link leads. */
function isKept({ type = "", options }: Mount): boolean {
  return type === "proc" || type === "sysfs" || parseMountOptions(options).remount;
}

/** What an earlier mount brings is not there to be looked at. */
export function isBelow(path: string, mounts: readonly Mount[]): boolean {
  return mounts.some(({ destination }) => path.startsWith(`${cleanPath(destination)}/`));
}

function whereItLeads(kernel: Kernel, root: number, path: string): string {
  let leads = path;
  try {
    for (let count = 0; count < linksMax; count++) {
      const next = followOne(kernel, root, leads);
      if (next === undefined) return leads;
      leads = next;
    }
  } catch (error) {
    // The program will find that out, too, and name the field.
    if (!(error instanceof SystemCallError)) throw error;
  }
  return path;
}

/** Follows links up to the first that leads to nothing; `undefined` when there are none. */
function followOne(kernel: Kernel, root: number, path: string): string | undefined {
  if (exists(kernel, root, path, ["RESOLVE_NO_SYMLINKS"])) return undefined;
  const parts = path.split("/").slice(1);
  const missing = parts.findIndex((_, index) => {
    return !exists(kernel, root, `/${parts.slice(0, index + 1).join("/")}`);
  });
  const there = missing < 0 ? parts : parts.slice(0, missing);
  using last = openInRoot(kernel, root, `/${there.join("/")}`, ["O_PATH"]);
  const rest = parts.slice(there.length);
  const link = missing < 0 ? undefined : linkAt(kernel, last, rest[0] ?? "");
  if (link !== undefined) rest[0] = link;
  const start = link?.startsWith("/") === true ? "" : pathInRoot(kernel, root, last);
  const leads = cleanPath([start, ...rest].join("/"));
  return leads === path ? undefined : leads;
}

function exists(
  kernel: Kernel,
  root: number,
  path: string,
  resolve: readonly ConstantName[] = [],
): boolean {
  try {
    using _ = openInRoot(kernel, root, path, ["O_PATH"], resolve);
    return true;
  } catch (error) {
    // ELOOP: what is not to be followed is a link, or leads round in a circle.
    if (isErrno(error, "ENOENT") || (isErrno(error, "ELOOP") && resolve.length > 0)) return false;
    throw error;
  }
}

function linkAt(kernel: Kernel, directory: FileDescriptor, name: string): string | undefined {
  try {
    return readLink(kernel, name, directory.number);
  } catch (error) {
    // Nothing, or something that is there by now.
    if (isErrno(error, "ENOENT", "EINVAL")) return undefined;
    throw error;
  }
}

/** The path of a file in the container, without links. */
function pathInRoot(kernel: Kernel, root: number, file: FileDescriptor): string {
  const [whole, start] = [file.number, root].map((number) =>
    readLink(kernel, `/proc/self/fd/${number}`),
  );
  return (whole ?? "").slice((start ?? "").replace(/^\/$/, "").length);
}
