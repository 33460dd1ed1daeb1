/** Resolves `.`, `..` and doubled slashes by text: what they would mean in the root, links aside. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Returns a path of the host, from a directory unless it is absolute, without `.`, `..` and doubled slashes. */
export function resolvePath(directory: string, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `${directory}/${path}`);
}
