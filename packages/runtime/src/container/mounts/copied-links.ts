/**
 * Finds what the mount option `copy-symlink` is about: sources of bind mounts that are links.
 *
 * @see crun(1), "copy-symlink"
 * @module
 */

import { ContainerError } from "@ctr/spec";
import { cleanPath } from "../../init/container-path.ts";
import { bindSource } from "../../init/mounts/bind-mount.ts";
import type { CopiedLink } from "../../init/mounts/copied-link.ts";
import { parseMountOptions } from "../../init/mounts/mount-options.ts";
import { open, openInRoot, readLink } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isErrno } from "../../kernel/system-call-error.ts";
import type { Bundle } from "../bundle/bundle.ts";
import { isBelow } from "./follow-links.ts";

/**
 * Returns the links to copy; the keys are the places of the mounts in config.json.
 *
 * @throws {ContainerError} ERR_MOUNT_SOURCE when something else has the link's place in the root filesystem
 */
export function copiedLinks(
  kernel: Kernel,
  { config, path, rootfs }: Pick<Bundle, "config" | "path" | "rootfs">,
): ReadonlyMap<number, CopiedLink> {
  const links = new Map<number, CopiedLink>();
  const { mounts = [] } = config;
  for (const [index, mount] of mounts.entries()) {
    if (!parseMountOptions(mount.options).links.copySource) continue;
    const target = linkAt(kernel, bindSource({ mount }, path));
    if (target === undefined) continue;
    const destination = cleanPath(mount.destination);
    // What an earlier mount brings is not there to be looked at.
    const there = isBelow(destination, mounts.slice(0, index))
      ? undefined
      : whatIsThere(kernel, rootfs, destination);
    if (there !== undefined && there.link !== target) throw taken(index, destination, target);
    links.set(index, { target, isThere: there !== undefined });
  }
  return links;
}

/** What a link says; `undefined` when it is none. */
function linkAt(kernel: Kernel, path: string): string | undefined {
  try {
    return readLink(kernel, path);
  } catch (error) {
    // Binding it tells what is missing.
    if (isErrno(error, "EINVAL", "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}

interface There {
  /** What it says, when it is a link. */
  readonly link: string | undefined;
}

function whatIsThere(kernel: Kernel, rootfs: string, path: string): There | undefined {
  using root = open(kernel, rootfs, ["O_PATH", "O_DIRECTORY"]);
  try {
    using file = openInRoot(kernel, root.number, path, ["O_PATH", "O_NOFOLLOW"]);
    return { link: linkOf(kernel, file.number) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function linkOf(kernel: Kernel, file: number): string | undefined {
  try {
    return readLink(kernel, "", file);
  } catch (error) {
    // A file that is no link (readlink(2), EINVAL and, by descriptor, ENOENT).
    if (isErrno(error, "EINVAL", "ENOENT")) return undefined;
    throw error;
  }
}

function taken(index: number, destination: string, target: string): ContainerError {
  return new ContainerError(
    `Cannot make the link "${destination}" to "${target}" (/mounts/${index}/destination): something else is there in the root filesystem`,
    {
      code: "ERR_MOUNT_SOURCE",
      kind: "conflict",
      pointer: `/mounts/${index}/destination`,
      hint: "Remove what is there, or leave out copy-symlink to mount over it",
    },
  );
}
