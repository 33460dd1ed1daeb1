/**
 * Bind mounts, idmapped ones among them.
 *
 * @see config.md, "Mounts"; open_tree(2)
 * @module
 */

import { ContainerError } from "@ctr/spec";
import { type ConstantName, constant } from "../../machine/constants.ts";
import type { Step, SyscallStep } from "../../program/step.ts";
import { resolvePath } from "../container-path.ts";
import {
  AT_FDCWD,
  attach,
  call,
  descriptor,
  openInRoot,
  purpose,
  sequence,
  setAttributes,
  slot,
  text,
  waitForSync,
} from "../steps.ts";
import { crunMountOptions, type MountOptions } from "./mount-options.ts";
import { ensureLike } from "./mountpoint.ts";
import { changeBelow, type PlannedMount, propagationSteps } from "./planned-mount.ts";

/** A source that lies in the root filesystem: with what the container has mounted there so far. */
export interface SourceInRoot {
  /** Path in the root filesystem. */
  readonly inRoot: string;
  /** Whether the launcher maps its ids. */
  readonly mapped: boolean;
}

/** What is bound. */
export type BindSource =
  /** A path of the host. */
  | { readonly path: string }
  /** The descriptor of a source that the launcher has opened, because root of the container may not reach it or map its ids. */
  | { readonly opened: string }
  | SourceInRoot;

/**
 * Binds a file or directory.
 *
 * @param locked whether the options of the source are beyond the container's power: it has a user namespace of its own
 */
export function bindSteps(planned: PlannedMount, source: BindSource, locked: boolean): Step[] {
  const { path, origin, target, made } = planned;
  if (planned.options.links.keepTarget && path.startsWith("/proc/")) throw linkOfProc(planned);
  const why = purpose(origin, `bind "${nameOf(planned, source)}" to "${path}"`);
  return sequence(
    openSource(planned, source),
    ensureLike(made, {
      path,
      into: target,
      origin,
      ...(planned.options.links.keepTarget ? { noFollow: true } : {}),
      ...(planned.mount.type === "sysfs" ? { resolve: neverOnLinks } : {}),
    }),
    optionSteps(planned, locked),
    attach(why, made, target),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

function nameOf({ mount }: PlannedMount, source: BindSource): string {
  return "path" in source ? source.path : (mount.source ?? "");
}

function openSource(planned: PlannedMount, source: BindSource): Step[] {
  const { origin, path, made, options } = planned;
  if ("opened" in source) return [{ set: made, to: descriptor(source.opened) }];
  const why = purpose(
    origin,
    `open the source "${nameOf(planned, source)}" of the bind mount at "${path}"`,
  );
  const flags = treeFlagNames(options);
  if ("path" in source) {
    return [
      call(why, "open_tree", [AT_FDCWD, text(source.path), constant(...flags)], { save: made }),
    ];
  }
  const found = `${made}:source`;
  const open: readonly ConstantName[] = options.links.keepSource
    ? ["O_PATH", "O_NOFOLLOW"]
    : ["O_PATH"];
  return sequence(
    openInRoot(why, source.inRoot, open, { save: found }),
    call(why, "open_tree", [slot(found), text(""), constant(...flags, "AT_EMPTY_PATH")], {
      save: made,
    }),
    source.mapped && [
      { tell: "mapIds", value: slot(made) } as const,
      ...waitForSync(`map the ids of the mount at "${path}"`, origin),
    ],
  );
}

/** sysfs on a link would let the container choose where the kernel's files appear (CVE-2019-19921). */
const neverOnLinks: readonly ConstantName[] = ["RESOLVE_IN_ROOT", "RESOLVE_NO_SYMLINKS"];

/** What a bind mount with options has only if they name it; access times stay as they are at the source. */
const unlessNamed: readonly ConstantName[] = [
  "MOUNT_ATTR_RDONLY",
  "MOUNT_ATTR_NOSUID",
  "MOUNT_ATTR_NODEV",
  "MOUNT_ATTR_NOEXEC",
  "MOUNT_ATTR_NOSYMFOLLOW",
];

/** The one of them that Linux locks for no user namespace (mount_namespaces(7)). */
const neverLocked: ConstantName = "MOUNT_ATTR_NOSYMFOLLOW";

/**
 * Without options a bind mount is like its source. With some, it is what they say and nothing of its source's, as with
 * runc: `bind,ro` of what is mounted `nosuid` is `ro` alone. But what the source has stays, unless an option contradicts,
 * where a less privileged mount namespace could not change it.
 */
function optionSteps({ options, path, origin, made }: PlannedMount, locked: boolean): Step[] {
  const { set, clear } = options.attributes;
  if (!options.namesAttributes) return [];
  const why = purpose(
    origin,
    `set the options of the bind mount at "${path}"`,
    "In a user namespace options of the source cannot be taken away",
  );
  const without = (names: readonly ConstantName[]): SyscallStep => {
    const others = names.filter((name) => !set.includes(name) && !clear.includes(name));
    return setAttributes(why, made, { set, clear: [...clear, ...others] }, false);
  };
  if (locked) return [without([neverLocked])];
  const [tried, done] = [`${made}:options`, `${made}:options-set`];
  return [
    { ...without(unlessNamed), save: tried, accept: ["EPERM"] },
    { jump: done, when: { slot: tried, is: 0 } },
    without([neverLocked]),
    { label: done },
  ];
}

/**
 * Looks at the options of a mount that is no bind mount.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG when there are some that are for bind mounts only
 */
export function checkLinkOptions({ options: { links }, origin, path }: PlannedMount): void {
  if (!(links.copySource || links.keepSource || links.keepTarget)) return;
  throw new ContainerError(
    `Cannot mount at "${path}" (${origin}/options): ${crunMountOptions.join(", ")} are for bind mounts`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: `${origin}/options`,
      hint: 'Add "bind", or remove them',
    },
  );
}

/** The links in /proc are the kernel's: who could replace /proc/self could make anything of what is read there. */
function linkOfProc({ origin, path }: PlannedMount): ContainerError {
  return new ContainerError(
    `Cannot mount at "${path}" (${origin}/options): dest-nofollow does not go with what is in /proc`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: `${origin}/options`,
      hint: "Remove dest-nofollow, or mount elsewhere",
    },
  );
}

/** Returns the source of a bind mount; relative ones start at the bundle. */
export function bindSource({ mount }: Pick<PlannedMount, "mount">, bundle: string): string {
  return resolvePath(bundle, mount.source ?? "");
}

/** The flags of open_tree(2) for the source of a bind mount. */
export function treeFlagNames({ bind, links }: MountOptions): readonly ConstantName[] {
  return [
    "OPEN_TREE_CLONE",
    "OPEN_TREE_CLOEXEC",
    ...(bind === "rbind" ? (["AT_RECURSIVE"] as const) : []),
    ...(links.keepSource ? (["AT_SYMLINK_NOFOLLOW"] as const) : []),
  ];
}
