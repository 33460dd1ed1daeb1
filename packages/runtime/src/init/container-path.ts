/** Resolves `.`, `..` and doubled slashes by text: what they would mean in the root, links aside. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * Returns a path of the host as it is in the container; `undefined` when it does not lie in the root filesystem, or that is
 * the host's own.
 *
 * @param rootfs absolute, as `path`, and both without `.`, `..` and doubled slashes
 */
export function pathInRootfs(rootfs: string, path: string): string | undefined {
  if (rootfs === "/") return undefined;
  if (path === rootfs) return "/";
  return path.startsWith(`${rootfs}/`) ? path.slice(rootfs.length) : undefined;
}

/** Returns a path of the host, from a directory unless it is absolute, without `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${directory}/${path}`);
}
