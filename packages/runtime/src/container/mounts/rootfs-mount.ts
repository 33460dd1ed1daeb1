/**
 * The root filesystem of a container without a mount namespace: its mounts are the host's, and so they are made on a mount
 * that is known and goes with the container.
 *
 * @see config-linux.md, "Namespaces"; move_mount(2), statx(2)
 * @module
 */

import { ContainerError } from "@ctr/spec";
import { FileDescriptor } from "../../kernel/fd.ts";
import { open, readText } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isErrno, reasonOf } from "../../kernel/system-call-error.ts";
import { value } from "../../machine/constants.ts";
import type { Bundle } from "../bundle/bundle.ts";
import type { Runtime } from "../runtime-options.ts";
import { listContainerIds, StateDirectory } from "../state/state-directory.ts";

/** A mount of a root filesystem on itself; disposing of it takes it away with all that was mounted on it. */
export interface RootfsMount extends Disposable {
  readonly directory: FileDescriptor;
  /** As statx(2) numbers it. */
  readonly id: string;
}

/**
 * Puts a mount of the root filesystem on itself that shares nothing: what is mounted in it reaches no other namespace. The
 * host's own mounts stay as they are.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG, ERR_ROOTFS_BUSY, ERR_ROOTFS_MOUNT
 */
export function bindRootfs(
  { kernel, root }: Runtime,
  id: string,
  { rootfs }: Pick<Bundle, "rootfs">,
): RootfsMount {
  if (rootfs === "/") throw hostRoot();
  const other = listContainerIds(kernel, root).find(
    (each) => each !== id && usesRootfs(new StateDirectory(kernel, root, each), rootfs),
  );
  if (other !== undefined) throw busy(rootfs, other);
  using stack = new DisposableStack();
  try {
    const flags = value("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE");
    const directory = stack.use(
      new FileDescriptor(kernel, kernel.call("open_tree", value("AT_FDCWD"), rootfs, flags)),
    );
    const tree = directory.number;
    kernel.call(
      "move_mount",
      tree,
      "",
      value("AT_FDCWD"),
      rootfs,
      value("MOVE_MOUNT_F_EMPTY_PATH"),
    );
    stack.defer(() => void kernel.call("umount2", rootfs, value("MNT_DETACH")));
    const attributes = new BigUint64Array([0n, 0n, BigInt(value("MS_PRIVATE")), 0n]);
    kernel.call("mount_setattr", tree, "", value("AT_EMPTY_PATH", "AT_RECURSIVE"), attributes, 32);
    const mount = mountId(kernel, tree);
    const taken = stack.move();
    return { directory, id: mount, [Symbol.dispose]: () => taken.dispose() };
  } catch (error) {
    throw new ContainerError(
      `Cannot mount the root filesystem "${rootfs}" on itself (/root/path): ${reasonOf(error)}`,
      {
        code: "ERR_ROOTFS_MOUNT",
        kind: isErrno(error, "EPERM") ? "forbidden" : "internal",
        pointer: "/root/path",
        cause: error,
        hint: 'A container without {"type": "mount"} in linux.namespaces needs a runtime that may mount',
      },
    );
  }
}

function usesRootfs(directory: StateDirectory, rootfs: string): boolean {
  try {
    const state = directory.readState();
    return state?.rootfsMount !== undefined && state.rootfs === rootfs;
  } catch (error) {
    // What is damaged holds nobody up.
    if (error instanceof ContainerError && error.code === "ERR_STATE_DAMAGED") return false;
    throw error;
  }
}

/**
 * Takes the mount of a container's root filesystem away, with all that was mounted on it; does nothing when somebody has
 * already, or when it is in another mount namespace than ours.
 *
 * @throws {ContainerError} ERR_ROOTFS_BUSY when something else has been mounted over it
 */
export function unbindRootfs(kernel: Kernel, rootfs: string, id: string): void {
  if (topMountId(kernel, rootfs) === id) {
    kernel.call("umount2", rootfs, value("MNT_DETACH"));
    return;
  }
  const isThere = readText(kernel, "/proc/self/mountinfo")
    .split("\n")
    .some((line) => line.startsWith(`${id} `));
  if (isThere) {
    throw new ContainerError(
      `Cannot unmount the root filesystem "${rootfs}": something is mounted over it`,
      { code: "ERR_ROOTFS_BUSY", kind: "conflict", hint: `Unmount that first: umount "${rootfs}"` },
    );
  }
}

function topMountId(kernel: Kernel, path: string): string | undefined {
  try {
    using directory = open(kernel, path, ["O_PATH", "O_DIRECTORY"]);
    return mountId(kernel, directory.number);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Size of `struct statx`, and where its `stx_mnt_id` is. */
const statxSize = 256;
const mountIdAt = 144;

function mountId(kernel: Kernel, descriptor: number): string {
  const statx = new Uint8Array(statxSize);
  kernel.call("statx", descriptor, "", value("AT_EMPTY_PATH"), value("STATX_MNT_ID"), statx);
  return String(new DataView(statx.buffer).getBigUint64(mountIdAt, true));
}

function hostRoot(): ContainerError {
  return new ContainerError(
    "Cannot use this configuration (/root/path): without a mount namespace the container's mounts would lie over the host's",
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: "/root/path",
      hint: 'Add {"type": "mount"} to linux.namespaces, or use a directory of its own',
    },
  );
}

function busy(rootfs: string, other: string): ContainerError {
  return new ContainerError(
    `Cannot use the root filesystem "${rootfs}" (/root/path): container "${other}" has its mounts there`,
    {
      code: "ERR_ROOTFS_BUSY",
      kind: "conflict",
      pointer: "/root/path",
      hint: "Neither has a mount namespace: give one of them its own, or a root filesystem of its own",
    },
  );
}
