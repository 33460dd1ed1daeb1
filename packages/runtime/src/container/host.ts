/**
 * Facts of the host that the planner asks for.
 *
 * @module
 */

import { inUserNamespace } from "../cgroups/index.ts";
import type { MountBeneath } from "../init/rootfs.ts";
import { exists, readText, readTextIfExists } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { value } from "../machine/constants.ts";

/** What does not change while the machine runs. */
export interface Host {
  /** The highest capability that the kernel knows (capabilities(7)). */
  readonly lastCapability: number;
  /** Those that root gets when he executes a program, a bit each: our bounding set. */
  readonly boundingCapabilities: bigint;
  readonly hasKcore: boolean;
  /** Whether we are in a user namespace that is not the first. */
  readonly inUserNamespace: boolean;
  /** Whether nobody in our user namespace may call setgroups(2) (user_namespaces(7)). */
  readonly deniesGroups: boolean;
}

const known = new WeakMap<Kernel, Host>();

/** Looks once for each kernel object. */
export function inspectHost(kernel: Kernel): Host {
  let host = known.get(kernel);
  if (host === undefined) {
    host = {
      lastCapability: Number(readText(kernel, "/proc/sys/kernel/cap_last_cap")),
      boundingCapabilities: boundingSet(kernel),
      hasKcore: exists(kernel, "/proc/kcore"),
      inUserNamespace: inUserNamespace(kernel),
      deniesGroups: readTextIfExists(kernel, "/proc/self/setgroups")?.trim() === "deny",
    };
    known.set(kernel, host);
  }
  return host;
}

function boundingSet(kernel: Kernel): bigint {
  const [, hex = "ffffffffffffffff"] =
    /^CapBnd:\t([0-9a-f]+)$/m.exec(readText(kernel, "/proc/self/status")) ?? [];
  return BigInt(`0x${hex}`);
}

/** Returns the number that a process has in the innermost of its pid namespaces. @see proc_pid_status(5), `NSpid` */
export function innermostPid(kernel: Kernel, pid: number): number {
  if (pid === 0) return 0;
  const numbers = /^NSpid:\t(.*)$/m.exec(readText(kernel, `/proc/${pid}/status`))?.[1];
  return Number(numbers?.split("\t").at(-1) ?? pid);
}

/** Returns the mount point that a path lies on, from /proc/self/mountinfo. */
export function mountpointOf(kernel: Kernel, path: string): string {
  const points = readText(kernel, "/proc/self/mountinfo")
    .split("\n")
    .map((line) => unescapeMount(line.split(" ")[4] ?? ""))
    .filter((point) => point === "/" || path === point || path.startsWith(`${point}/`));
  return points.reduce((longest, point) => (point.length >= longest.length ? point : longest), "/");
}

const revealing: ReadonlySet<string> = new Set(["proc", "sysfs"]);

/** Returns the mounts of whole file systems that show the kernel, outside a root filesystem. */
export function revealingMounts(kernel: Kernel, rootfs: string): MountBeneath[] {
  const mounts = readText(kernel, "/proc/self/mountinfo")
    .split("\n")
    .map((line) => {
      const [mount = "", filesystem = ""] = line.split(" - ");
      const [id = "", parent = "", , root = "", point = ""] = mount.split(" ");
      return { id, parent, root, path: unescapeMount(point), type: filesystem.split(" ")[0] ?? "" };
    });
  const paths = new Map(mounts.map(({ id, path }) => [id, path]));
  return mounts
    .filter(({ root, type }) => root === "/" && revealing.has(type))
    .filter(({ path }) => path !== rootfs && !path.startsWith(`${rootfs}/`))
    .map(({ path, parent }) => ({ path, parent: paths.get(parent) ?? "/" }));
}

/** @see proc_pid_mountinfo(5): blanks and backslashes are octal escapes */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Size of `struct statx`; offsets of `stx_uid` and `stx_mode` in it. */
const statxSize = 256;
const uidAt = 20;
const modeAt = 28;
const STATX_MODE_UID = 0x2 | 0x8;

/** Returns which of these descriptors a user who is not root is to own: pipes, sockets and files, not devices. */
export function ownableDescriptors(
  kernel: Kernel,
  descriptors: readonly number[],
  uid: number,
): number[] {
  if (uid === 0) return [];
  const buffer = new Uint8Array(statxSize);
  const view = new DataView(buffer.buffer);
  const own: number[] = [];
  for (const [number, descriptor] of descriptors.entries()) {
    kernel.call("statx", descriptor, "", value("AT_EMPTY_PATH"), STATX_MODE_UID, buffer);
    const type = view.getUint16(modeAt, true) & value("S_IFMT");
    const isDevice = type === value("S_IFCHR") || type === value("S_IFBLK");
    if (!isDevice && view.getUint32(uidAt, true) !== uid) own.push(number);
  }
  return own;
}
