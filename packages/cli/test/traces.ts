import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Finds what is left on the machine of things whose name has `part`: processes, mounts, cgroups and the runtime's state,
 * each as a line of text.
 */
export function findTraces(part: string): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return [
    ...processes(),
    ...mounts.map((line) => `mount: ${line.split(" ")[4]}`),
    ...directories("/sys/fs/cgroup", 5).map((path) => `cgroup: ${path}`),
    ...directories("/run/bunc", 1).map((path) => `state: ${path}`),
  ].filter((thing) => thing.includes(part));
}

function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return `process: ${pid} ${words}`;
      } catch {
        // It has ended while we looked.
        return "";
      }
    });
}

function directories(parent: string, depth: number): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => {
        const path = join(parent, name);
        return depth > 1 ? [path, ...directories(path, depth - 1)] : [path];
      });
  } catch {
    // Not there, or gone while we looked.
    return [];
  }
}
