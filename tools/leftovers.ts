/**
 * What a test run can leave behind on a machine: processes, mounts, cgroups, state directories, temporary files.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Everything of ours that is there at one moment, by kind; each thing as one line of text. */
export type Traces = Readonly<Record<TraceKind, ReadonlySet<string>>>;

const traceKinds = ["process", "mount", "cgroup", "state", "temporary file"] as const;
type TraceKind = (typeof traceKinds)[number];

/** Looks for everything that a run of the tests could leave behind. */
export function findTraces(): Traces {
  return {
    process: new Set(processes()),
    mount: new Set(mounts()),
    cgroup: new Set(cgroups()),
    state: new Set(
      ["/run/bunc", "/run/ctr", "/run/runc", "/run/crun"]
        .flatMap(children)
        // What crun keeps for the next time is no container's.
        .filter((path) => !path.startsWith("/run/crun/.")),
    ),
    "temporary file": new Set(children("/tmp").filter((path) => path.startsWith("/tmp/ctr-"))),
  };
}

/** Lists what is in `after` and not in `before`, as `kind: thing`. */
export function leftovers(before: Traces, after: Traces): string[] {
  return traceKinds.flatMap((kind) =>
    [...after[kind]]
      .filter((thing) => !before[kind].has(thing))
      .map((thing) => `${kind}: ${thing}`),
  );
}

function children(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

/** Processes that outlive their parent and would stay: everything that is not below this one and is not the kernel's. */
function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const executable = readlinkSync(`/proc/${pid}/exe`);
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return isOurs(executable, line) ? [`${pid} ${line}`] : [];
      } catch {
        // A kernel thread has no executable; a process may end while we look.
        return [];
      }
    });
}

function isOurs(executable: string, commandLine: string): boolean {
  return (
    /^\/memfd:(bunc|ctr)/.test(executable) ||
    /\/(ctr|runc|crun|redis-server)$/.test(executable) ||
    /\b(ctr-shim|ctrd|bunc|ctr-test-)\b/.test(commandLine)
  );
}

function mounts(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
}

/**
 * Whether a cgroup is the machine's, which makes some while we run: a process is in it that is neither in a container
 * nor one of our programs.
 */
function isSomebodyElses(cgroup: string): boolean {
  const pids = readIfThere(join(cgroup, "cgroup.procs")).split("\n").filter(Boolean);
  const host = readlinkSync("/proc/self/ns/mnt");
  return pids.some((pid) => {
    try {
      const line = readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      const isOnHost = readlinkSync(`/proc/${pid}/ns/mnt`) === host;
      return isOnHost && !isOurs(readlinkSync(`/proc/${pid}/exe`), line);
    } catch {
      // It has ended, or is the kernel's.
      return false;
    }
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function cgroups(): string[] {
  const found: string[] = [];
  const visit = (directory: string, depth: number): void => {
    for (const name of directoriesIn(directory)) {
      const path = join(directory, name);
      if (!isSomebodyElses(path)) found.push(path);
      if (depth > 1) visit(path, depth - 1);
    }
  };
  visit("/sys/fs/cgroup", 5);
  return found;
}

function directoriesIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    // Whose it was removed it since, or there are no cgroups.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
