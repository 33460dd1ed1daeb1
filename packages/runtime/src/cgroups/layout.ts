/**
 * Which control groups this machine has, and where.
 *
 * @module
 */

import { ContainerError } from "@ctr/spec";
import { readText, readTextIfExists } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { statfs } from "../kernel/statfs.ts";
import { isErrno } from "../kernel/system-call-error.ts";

/** One tree of cgroups. */
export interface CgroupHierarchy {
  /**
   * Names of what it controls, as runc's state.json has them: `cpu`, `name=systemd` for a named hierarchy, `""` for
   * version 2.
   */
  readonly controllers: readonly string[];
  /** Directory below `/sys/fs/cgroup`: `cpu,cpuacct`; `""` when version 2 is all there is, `unified` in hybrid mode. */
  readonly name: string;
  /** Names that lead to it as symbolic links: `cpu` and `cpuacct` for `cpu,cpuacct`. */
  readonly aliases: readonly string[];
  /** Where it is mounted. */
  readonly mountpoint: string;
  /** Which of its cgroups the mount shows as its root; `/` unless in a container. */
  readonly mountRoot: string;
  /** Directory of the cgroup that this process is in. */
  readonly own: string;
  readonly version: 1 | 2;
}

/** How the control groups of a machine are laid out. */
export interface CgroupLayout {
  /** `v1`: one hierarchy for each controller; `hybrid`: the same and one of version 2 beside them; `v2`: that alone. */
  readonly mode: "v1" | "hybrid" | "v2";
  /** In hybrid mode the one of version 2 is the last. */
  readonly hierarchies: readonly CgroupHierarchy[];
}

const root = "/sys/fs/cgroup";
const known = new WeakMap<Kernel, CgroupLayout>();

/**
 * Finds the control groups by /proc/self/mountinfo and /proc/self/cgroup; asks once for each kernel object.
 *
 * @throws {ContainerError} ERR_NO_CGROUPS when none are mounted
 * @see cgroups(7), proc_pid_mountinfo(5)
 */
export function detectCgroupLayout(kernel: Kernel): CgroupLayout {
  let layout = known.get(kernel);
  if (layout === undefined) {
    const mounts = readText(kernel, "/proc/self/mountinfo");
    const own = readTextIfExists(kernel, "/proc/self/cgroup") ?? "";
    layout = parseCgroupLayout(mounts, own, (mount) => isCgroupThere(kernel, mount));
    known.set(kernel, layout);
  }
  return layout;
}

/** The types of the two file systems as statfs(2) tells them. */
const fileSystemTypes = { 1: 0x27_e0_eb, 2: 0x63_67_72_70 } as const;

/**
 * What is listed may be covered by what was mounted above it later. Files that are written there would be files like any
 * other, and limits that are none.
 */
function isCgroupThere(kernel: Kernel, { mountpoint, version }: CgroupMount): boolean {
  try {
    return statfs(kernel, mountpoint).type === fileSystemTypes[version];
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return false;
    throw error;
  }
}

/**
 * Reads the layout from the texts of /proc/self/mountinfo and /proc/self/cgroup.
 *
 * @param isThere tells whether a mount is to be seen; without it, all are
 */
export function parseCgroupLayout(
  mountinfo: string,
  ownCgroups: string,
  isThere: (mount: CgroupMount) => boolean = () => true,
): CgroupLayout {
  const mounts = parseCgroupMounts(mountinfo).filter(isThere);
  const own = parseOwnCgroups(ownCgroups);
  const unified = mounts.find(({ version }) => version === 2);
  const legacy = mounts.filter(({ version }) => version === 1);
  if (unified !== undefined && (unified.mountpoint === root || legacy.length === 0)) {
    return { mode: "v2", hierarchies: [hierarchy(unified, [""], "", own)] };
  }
  if (legacy.length === 0) {
    throw new ContainerError("Cannot use control groups: none are mounted", {
      code: "ERR_NO_CGROUPS",
      kind: "unsupported",
      hint: "Mount cgroup v2: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    });
  }
  const hierarchies = legacyHierarchies(legacy, own);
  if (unified === undefined) return { mode: "v1", hierarchies };
  return {
    mode: "hybrid",
    hierarchies: [...hierarchies, hierarchy(unified, [""], "unified", own)],
  };
}

/** A mount of a hierarchy. */
export interface CgroupMount {
  readonly mountRoot: string;
  readonly mountpoint: string;
  readonly version: 1 | 2;
  readonly options: readonly string[];
}

function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  // A later mount hides an earlier one on the same place.
  const mounts = new Map<string, CgroupMount>();
  for (const line of mountinfo.split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const [, , , mountRoot = "/", mountpoint = ""] = mount.split(" ").map(unescapeOctal);
    const [type, , options = ""] = filesystem.split(" ");
    mounts.delete(mountpoint);
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const version = type === "cgroup" ? 1 : 2;
    mounts.set(mountpoint, { mountRoot, mountpoint, version, options: options.split(",") });
  }
  // What lies in the usual place goes before copies elsewhere.
  const usual = ({ mountpoint }: CgroupMount): boolean =>
    mountpoint === root || mountpoint.startsWith(`${root}/`);
  const all = [...mounts.values()];
  return [...all.filter(usual), ...all.filter((mount) => !usual(mount))];
}

/** Spaces and the like stand in mountinfo as a backslash and three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Our own cgroup in each hierarchy, by the names of its controllers. */
function parseOwnCgroups(text: string): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, controllers = "", ...path] = line.split(":");
    for (const controller of controllers.split(",")) own.set(controller, path.join(":"));
  }
  return own;
}

function legacyHierarchies(
  mounts: readonly CgroupMount[],
  own: ReadonlyMap<string, string>,
): CgroupHierarchy[] {
  const found: CgroupHierarchy[] = [];
  const seen = new Set<string>();
  for (const mount of mounts) {
    // Other options, such as xattr, are no controllers and not in /proc/self/cgroup.
    const controllers = mount.options.filter((option) => own.has(option) && !seen.has(option));
    if (controllers.length === 0) continue;
    for (const controller of controllers) seen.add(controller);
    const name = mount.mountpoint.slice(mount.mountpoint.lastIndexOf("/") + 1);
    found.push(hierarchy(mount, controllers, name, own));
  }
  return found;
}

function hierarchy(
  { mountpoint, mountRoot, version }: CgroupMount,
  controllers: readonly string[],
  name: string,
  own: ReadonlyMap<string, string>,
): CgroupHierarchy {
  const plain = controllers.map((controller) => controller.replace(/^name=/, ""));
  return {
    controllers,
    name,
    aliases: plain.filter((controller) => controller !== name && controller !== ""),
    mountpoint,
    mountRoot,
    own: mountpoint + below(mountRoot, own.get(controllers[0] ?? "") ?? "/"),
    version,
  };
}

/** A cgroup's path as the mount shows it: `/proc/self/cgroup` may speak of directories above the mount's root. */
function below(mountRoot: string, path: string): string {
  const base = mountRoot === "/" ? "" : mountRoot;
  if (path === "/" || !path.startsWith(`${base}/`)) return "";
  return path.slice(base.length);
}
