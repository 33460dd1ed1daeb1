/**
 * The root filesystem: from a directory on the host to the root of the mount namespace.
 *
 * @see config.md, "Root"; config-linux.md, "Rootfs Mount Propagation"; pivot_root(2)
 * @module
 */

import type { Config, RootfsPropagation } from "@ctr/spec";
import { type ConstantName, constant } from "../machine/constants.ts";
import type { Step } from "../program/step.ts";
import {
  AT_FDCWD,
  call,
  descriptor,
  purpose,
  rootfsSlot,
  sequence,
  setAttributes,
  slot,
  text,
} from "./steps.ts";

/** What {@linkcode rootfsSteps} needs. */
export interface RootfsInput {
  readonly config: Config;
  /** Absolute, symbolic links resolved. */
  readonly rootfs: string;
  /** The mount point that the root filesystem lies on, when that stays shared and pivot_root would refuse it. */
  readonly rootfsParentMount?: string;
  /** Without a mount namespace of its own: the launcher has put the mount there, which is descriptor `rootfs`. */
  readonly inheritsMounts: boolean;
}

/** Cuts the mount namespace off the host's, and puts a mount of the root filesystem on itself: slot `rootfs`. */
export function rootfsSteps({
  config,
  rootfs,
  rootfsParentMount,
  inheritsMounts,
}: RootfsInput): Step[] {
  const origin = "/root/path";
  if (inheritsMounts) return [{ set: rootfsSlot, to: descriptor("rootfs") }];
  return sequence(
    setPropagation(config.linux?.rootfsPropagation),
    rootfsParentMount !== undefined &&
      call(purpose(origin, `make the mount "${rootfsParentMount}" private`), "mount", [
        0,
        text(rootfsParentMount),
        0,
        constant("MS_PRIVATE"),
        0,
      ]),
    call(
      purpose(origin, `open the root filesystem "${rootfs}"`),
      "open_tree",
      [AT_FDCWD, text(rootfs), constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE")],
      { save: rootfsSlot },
    ),
    call(purpose(origin, `mount the root filesystem "${rootfs}"`), "move_mount", [
      slot(rootfsSlot),
      text(""),
      AT_FDCWD,
      text(rootfs),
      constant("MOVE_MOUNT_F_EMPTY_PATH"),
    ]),
  );
}

/** What the mounts of the new mount namespace become before the root filesystem is bound; recursive all. */
const before: Readonly<Record<RootfsPropagation, ConstantName>> = {
  shared: "MS_SHARED",
  slave: "MS_SLAVE",
  private: "MS_PRIVATE",
  // What is unbindable could not be bound.
  unbindable: "MS_PRIVATE",
};

function setPropagation(propagation: RootfsPropagation | undefined): Step {
  const flag = propagation === undefined ? "MS_SLAVE" : before[propagation];
  return call(purpose("/linux/rootfsPropagation", "set the propagation of mounts"), "mount", [
    0,
    text("/"),
    0,
    constant(flag, "MS_REC"),
    0,
  ]);
}

/** Makes the root filesystem the root of the mount namespace and lets go of the host's. */
export function pivotSteps(config: Config): Step[] {
  const why = purpose(
    "/root/path",
    "make the root filesystem the root (pivot_root)",
    "A root filesystem in a ramdisk needs --no-pivot",
  );
  return [
    call(why, "openat", [AT_FDCWD, text("/"), constant("O_PATH", "O_DIRECTORY", "O_CLOEXEC"), 0], {
      save: "old-root",
    }),
    call(why, "fchdir", [slot(rootfsSlot)]),
    // The old root comes to lie on the new one (pivot_root(2), "pivot_root(".", ".")").
    call(why, "pivot_root", [text("."), text(".")]),
    call(why, "fchdir", [slot("old-root")]),
    // Unmounting must not reach the host.
    call(why, "mount", [0, text("."), 0, constant("MS_SLAVE", "MS_REC"), 0]),
    call(why, "umount2", [text("."), constant("MNT_DETACH")]),
    call(why, "chdir", [text("/")]),
    ...finalPropagation(config.linux?.rootfsPropagation),
  ];
}

/** A mount of the host that stays beneath the container's root, and the mount that it lies on. */
export interface MountBeneath {
  readonly path: string;
  readonly parent: string;
}

/**
 * The other way, for where pivot_root is impossible: weaker, as what was mounted before stays mounted beneath.
 *
 * @param revealing mounts of proc and sysfs beneath: as long as they are there, Linux lets a user namespace in the
 *   container mount a whole one, without what is masked in it
 */
export function moveRootSteps(config: Config, revealing: readonly MountBeneath[]): Step[] {
  const why = purpose("/root/path", "make the root filesystem the root (--no-pivot)");
  return [
    ...revealing.flatMap(removeBeneath),
    call(why, "fchdir", [slot(rootfsSlot)]),
    call(why, "mount", [text("."), text("/"), 0, constant("MS_MOVE"), 0]),
    call(why, "chroot", [text(".")]),
    call(why, "chdir", [text("/")]),
    ...finalPropagation(config.linux?.rootfsPropagation),
  ];
}

/** What Linux has locked cannot be unmounted, and is covered. Neither reaches the host. */
function removeBeneath({ path, parent }: MountBeneath, index: number): Step[] {
  const why = purpose("/root/path", `take "${path}" of the host away (--no-pivot)`);
  const [removed, done] = [`beneath-${index}`, `beneath-${index}:done`];
  const gone = ["EINVAL", "ENOENT"] as const;
  return [
    call(why, "mount", [0, text(parent), 0, constant("MS_SLAVE"), 0], { accept: gone }),
    call(why, "mount", [0, text(path), 0, constant("MS_SLAVE", "MS_REC"), 0], { accept: gone }),
    call(why, "umount2", [text(path), constant("MNT_DETACH")], {
      save: removed,
      accept: [...gone, "EPERM"],
    }),
    { jump: done, when: { slot: removed, is: 0 } },
    call(why, "mount", [text("tmpfs"), text(path), text("tmpfs"), constant("MS_RDONLY"), 0], {
      accept: ["ENOENT"],
    }),
    { label: done },
  ];
}

/** Without a mount namespace the root is the process' alone: no mount of the host is moved. */
export function changeRootSteps(config: Config): Step[] {
  const why = purpose("/root/path", "make the root filesystem the root (chroot)");
  return [
    call(why, "fchdir", [slot(rootfsSlot)]),
    call(why, "chroot", [text(".")]),
    call(why, "chdir", [text("/")]),
    ...finalPropagation(config.linux?.rootfsPropagation),
  ];
}

const finals: Readonly<Record<RootfsPropagation, ConstantName>> = {
  shared: "MS_SHARED",
  slave: "MS_SLAVE",
  private: "MS_PRIVATE",
  unbindable: "MS_UNBINDABLE",
};

function finalPropagation(propagation: RootfsPropagation | undefined): Step[] {
  if (propagation === undefined) return [];
  return [
    setAttributes(
      purpose("/linux/rootfsPropagation", `make the root filesystem ${propagation}`),
      rootfsSlot,
      { set: [], clear: [], propagation: finals[propagation] },
      false,
    ),
  ];
}

/** Makes the root filesystem read-only, not what is mounted in it. */
export function readonlyRootSteps(): Step[] {
  return [
    setAttributes(
      purpose("/root/readonly", "make the root filesystem read-only"),
      rootfsSlot,
      { set: ["MOUNT_ATTR_RDONLY"], clear: [] },
      false,
    ),
  ];
}
