import { ContainerError } from "@ctr/spec";
import type { CgroupHierarchy, CgroupLayout } from "./layout.ts";

/**
 * Returns the directory of a container's cgroup in a hierarchy.
 *
 * An absolute path goes from the mount; a relative one from our own cgroup. In version 2 a cgroup with processes cannot
 * have children with controllers, so there it is the parent of our own.
 *
 * @param path `linux.cgroupsPath`, or the container's id
 * @see config-linux.md, "Cgroups Path"
 */
export function placeInHierarchy(
  hierarchy: CgroupHierarchy,
  mode: CgroupLayout["mode"],
  path: string,
): string {
  const inner = cleanPath(path);
  if (path.startsWith("/")) return hierarchy.mountpoint + inner;
  if (hierarchy.version === 1) return hierarchy.own + inner;
  if (mode === "hybrid") return hierarchy.mountpoint + inner;
  const parent = hierarchy.own.slice(0, hierarchy.own.lastIndexOf("/"));
  return (parent.startsWith(hierarchy.mountpoint) ? parent : hierarchy.mountpoint) + inner;
}

/** Takes `.`, `..` and double slashes out of a path; it cannot lead above where it starts. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.map((part) => `/${part}`).join("");
}

/**
 * Returns a directory below a cgroup.
 *
 * @throws {ContainerError} ERR_INVALID_CGROUP when the path leads elsewhere
 */
export function placeBelow(directory: string, path: string): string {
  if (path.split("/").includes("..")) {
    throw new ContainerError(
      `Cannot use the cgroup "${path}": bad sub cgroup path: it leads out of the container's`,
      {
        code: "ERR_INVALID_CGROUP",
        kind: "invalid",
        hint: 'Name a cgroup below the container\'s own, without ".."',
      },
    );
  }
  return directory + cleanPath(path);
}
