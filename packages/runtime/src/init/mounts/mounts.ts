/**
 * The mounts of config.json: made detached, given their attributes, then attached where a descriptor shows.
 *
 * @see config.md, "Mounts"; fsopen(2), fsmount(2), open_tree(2), mount_setattr(2), move_mount(2)
 * @module
 */

import { ContainerError, type Mount } from "@ctr/spec";
import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import { cleanPath } from "../container-path.ts";
import {
  attach,
  call,
  openInRoot,
  purpose,
  sequence,
  setAttributes,
  setOption,
  slot,
  text,
  waitForSync,
} from "../steps.ts";
import {
  type BindSource,
  bindSource,
  bindSteps,
  checkLinkOptions,
  type SourceInRoot,
} from "./bind-mount.ts";
import { type CgroupMountInput, cgroupMountSteps } from "./cgroup-mount.ts";
import { type CopiedLink, copiedLinkSteps } from "./copied-link.ts";
import { mountData, mountFlags, needsMount2 } from "./mount-flags.ts";
import { type Parameter, parseMountOptions } from "./mount-options.ts";
import { ensureDirectory, type Mountpoint, makeIn, parentOf } from "./mountpoint.ts";
import { changeBelow, contextOf, type PlannedMount, propagationSteps } from "./planned-mount.ts";
import { type KeptMode, modeOfPlace } from "./tmpfs-mode.ts";

/** What {@linkcode mountSteps} needs. */
export interface MountsInput extends CgroupMountInput {
  readonly mounts: readonly Mount[];
  /** Directory that relative sources of bind mounts start from. */
  readonly bundle: string;
  /** Places of the mounts whose source the launcher has opened as descriptor `mount-<place>`. */
  readonly openedSources: ReadonlySet<number>;
  /** Sources of bind mounts that lie in the root filesystem, by the place of the mount. @default none */
  readonly sourcesInRoot?: ReadonlyMap<number, SourceInRoot> | undefined;
  /** Links that the option `copy-symlink` has made anew, by the place of the mount. @default none */
  readonly copiedLinks?: ReadonlyMap<number, CopiedLink> | undefined;
  /** Whether options that the source of a bind mount has are beyond the container's power: in a user namespace. */
  readonly lockedSources: boolean;
  /** SELinux label for file systems that take one. */
  readonly mountLabel?: string;
}

/** Makes the mounts, in their order. */
export function mountSteps(input: MountsInput): Step[] {
  return input.mounts.flatMap((mount, index) => mountStep(input, mount, index));
}

/**
 * Returns the slot of the mount at a path, when that is a tmpfs that was mounted there last and empty among the first
 * `count` mounts: what is to lie directly in it needs no look at what is there.
 */
export function freshMountAt(
  path: string,
  mounts: readonly Mount[],
  count: number = mounts.length,
): string | undefined {
  const last = mounts
    .slice(0, count)
    .findLastIndex(({ destination }) => covers(cleanPath(destination), path));
  const mount = mounts[last];
  if (mount === undefined || cleanPath(mount.destination) !== path || mount.type !== "tmpfs") {
    return undefined;
  }
  const { bind, remount, tmpcopyup } = parseMountOptions(mount.options);
  const isFresh = bind === "no" && !remount && !tmpcopyup && !mount.options?.includes("ro");
  return isFresh ? madeSlot(last) : undefined;
}

function covers(destination: string, path: string): boolean {
  return destination === "/" || path === destination || path.startsWith(`${destination}/`);
}

function madeSlot(index: number): string {
  return `mount-${index}`;
}

function mountStep(input: MountsInput, mount: Mount, index: number): Step[] {
  const path = cleanPath(mount.destination);
  const fresh = freshMountAt(parentOf(path), input.mounts, index);
  const planned: PlannedMount = {
    mount,
    options: parseMountOptions(mount.options),
    path,
    origin: `/mounts/${index}`,
    target: `target-${index}`,
    made: madeSlot(index),
    ...(fresh === undefined ? {} : { fresh }),
  };
  const link = input.copiedLinks?.get(index);
  if (link !== undefined) return copiedLinkSteps(planned, link);
  if (planned.options.remount) return remountSteps(planned);
  // Also a sysfs that the launcher has opened, because nobody in the container may mount one.
  if (planned.options.bind !== "no" || mount.type === "bind" || input.openedSources.has(index)) {
    return bindSteps(planned, sourceOfBind(input, planned, index), input.lockedSources);
  }
  checkLinkOptions(planned);
  if (mount.type === "cgroup" || mount.type === "cgroup2") return cgroupMountSteps(planned, input);
  return fileSystemSteps(planned, input.mountLabel);
}

function sourceOfBind(input: MountsInput, planned: PlannedMount, index: number): BindSource {
  if (input.openedSources.has(index)) return { opened: planned.made };
  return input.sourcesInRoot?.get(index) ?? { path: bindSource(planned, input.bundle) };
}

/** proc and sysfs on a link would let the container choose where the kernel's files appear (CVE-2019-19921). */
const neverOnLinks: ReadonlySet<string> = new Set(["proc", "sysfs"]);

/** File systems that know no `context=` option. */
const unlabelled: ReadonlySet<string> = new Set(["proc", "sysfs", "mqueue", "cgroup", "cgroup2"]);

function fileSystemSteps(planned: PlannedMount, mountLabel: string | undefined): Step[] {
  if (planned.mount.type === "tmpfs") return tmpfsSteps(planned, mountLabel);
  const parameters = [...planned.options.parameters, ...labelOf(planned, mountLabel)];
  return sequence(
    mountFileSystem(planned, parameters),
    planned.mount.type === "mqueue" && labelQueues(planned, mountLabel),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

/** The directory of message queues is labelled as a file is. */
function labelQueues({ path, origin, made }: PlannedMount, label = ""): Step[] {
  if (label === "") return [];
  const why = purpose(origin, `label "${path}" as "${label}"`);
  return [
    call(why, "fchdir", [slot(made)]),
    call(
      why,
      "setxattr",
      [text("."), text("security.selinux"), text(label), new TextEncoder().encode(label).length, 0],
      { accept: ["EOPNOTSUPP"] },
    ),
  ];
}

/**
 * A tmpfs keeps the mode of the directory it lies on, and may begin with a copy of it; what is mounted in it needs places
 * there: so it becomes read-only by {@linkcode readonlyTmpfsSteps}.
 */
function tmpfsSteps(planned: PlannedMount, mountLabel: string | undefined): Step[] {
  const { options, origin, path, target, made } = planned;
  const attributes = {
    ...options.attributes,
    set: options.attributes.set.filter((name) => name !== "MOUNT_ATTR_RDONLY"),
  };
  const writable: PlannedMount = { ...planned, options: { ...options, attributes } };
  const parameters = [
    ...options.parameters.filter((each) => !("flag" in each && each.flag === "ro")),
    ...labelOf(planned, mountLabel),
  ];
  const keepsMode = !parameters.some((each) => "key" in each && each.key === "mode");
  return sequence(
    mountFileSystem(writable, parameters, keepsMode ? modeOfPlace(planned) : undefined),
    options.tmpcopyup && [
      { tell: "copyUpFrom", value: slot(target) } as const,
      { tell: "copyUpTo", value: slot(made) } as const,
      ...waitForSync(`copy what was in "${path}" up`, origin),
    ],
    changeBelow(planned),
    propagationSteps(planned),
  );
}

/** Makes each tmpfs read-only that is to be: not before mounts, devices and the working directory are in it, as with runc. */
export function readonlyTmpfsSteps(mounts: readonly Mount[]): Step[] {
  return mounts.flatMap((mount, index) => {
    const { bind, remount, attributes } = parseMountOptions(mount.options);
    const isReadonly = attributes.set.includes("MOUNT_ATTR_RDONLY");
    if (mount.type !== "tmpfs" || bind !== "no" || remount || !isReadonly) return [];
    const path = cleanPath(mount.destination);
    if (mounts.slice(index + 1).some((later) => remounts(later, path))) return [];
    return setAttributes(
      purpose(`/mounts/${index}`, `make the mount at "${path}" read-only`),
      madeSlot(index),
      { set: ["MOUNT_ATTR_RDONLY"], clear: [] },
      false,
    );
  });
}

/** Whether a later mount has the last word about the attributes of the one at a path. */
function remounts({ destination, options }: Mount, path: string): boolean {
  return cleanPath(destination) === path && parseMountOptions(options).remount;
}

function labelOf({ mount }: PlannedMount, mountLabel = ""): Parameter[] {
  if (mountLabel === "" || unlabelled.has(mount.type ?? "none")) return [];
  return [{ key: "context", value: mountLabel }];
}

/** Makes a file system and attaches it, with a mode if `mode` says so. */
function mountFileSystem(
  planned: PlannedMount,
  parameters: readonly Parameter[],
  mode?: KeptMode,
): Step[] {
  const { mount, path, origin, target, made, fresh } = planned;
  const type = mount.type ?? "none";
  const place: Mountpoint = { path, into: target, origin };
  const point = mode === undefined ? place : { ...place, there: mode.there };
  return sequence(
    fresh === undefined
      ? ensureDirectory(
          neverOnLinks.has(type)
            ? {
                ...point,
                resolve: ["RESOLVE_IN_ROOT", "RESOLVE_NO_SYMLINKS"],
                demand: `"${type}" must be mounted on ordinary directory`,
              }
            : point,
        )
      : makeIn(fresh, point),
    mode?.remember,
    parameters.some(needsMount2)
      ? [...mountClassically(planned, type, parameters), ...(mode?.change ?? [])]
      : [
          ...makeFileSystem(planned, type, parameters, mode?.set),
          attach(words(planned), made, target),
        ],
  );
}

function words({ mount, origin, path }: PlannedMount): ReturnType<typeof purpose> {
  return purpose(origin, `mount "${mount.type ?? "none"}" at "${path}"`);
}

function makeFileSystem(
  planned: PlannedMount,
  type: string,
  parameters: readonly Parameter[],
  set: readonly Step[] = [],
): Step[] {
  const { mount, options, made, origin, path } = planned;
  const why = words(planned);
  const context = contextOf(planned);
  const source = sourceOf(mount, type);
  return [
    call(
      purpose(
        origin,
        `mount "${type}" at "${path}"`,
        `Does the kernel have "${type}" (/proc/filesystems)?`,
      ),
      "fsopen",
      [text(type), constant("FSOPEN_CLOEXEC")],
      { save: context },
    ),
    setOption(why, context, "source", source),
    ...parameters.map((parameter) => setParameter(planned, context, parameter)),
    ...set,
    call(why, "fsconfig", [slot(context), constant("FSCONFIG_CMD_CREATE"), 0, 0, 0]),
    call(
      why,
      "fsmount",
      [slot(context), constant("FSMOUNT_CLOEXEC"), constant(...options.attributes.set)],
      { save: made },
    ),
    call(why, "close", [slot(context)]),
  ];
}

/** What stands first in /proc/self/mounts: without a source the type, as mount(8) has it. */
function sourceOf({ source = "" }: Mount, type: string): string {
  return source === "" ? type : source;
}

function setParameter({ origin, path }: PlannedMount, context: string, parameter: Parameter): Step {
  const why = (option: string): ReturnType<typeof purpose> =>
    purpose(origin, `set the option "${option}" of the mount at "${path}"`);
  if ("key" in parameter) {
    const { key, value } = parameter;
    return setOption(why(`${key}=${value}`), context, key, value);
  }
  const { flag } = parameter;
  return call(why(flag), "fsconfig", [
    slot(context),
    constant("FSCONFIG_SET_FLAG"),
    text(flag),
    0,
    0,
  ]);
}

/** mount(2) takes a page of options, as overlayfs with many layers needs. The mount point is `.`, not a path. */
function mountClassically(
  planned: PlannedMount,
  type: string,
  parameters: readonly Parameter[],
): Step[] {
  const { mount, options, origin, path, target, made } = planned;
  const why = words(planned);
  const data = mountData(parameters);
  if (new TextEncoder().encode(data).length > dataMax) throw tooLong(origin, path);
  return [
    call(why, "fchdir", [slot(target)]),
    call(why, "mount", [
      text(sourceOf(mount, type)),
      text("."),
      text(type),
      constant(...mountFlags(options.attributes.set, parameters)),
      text(data),
    ]),
    // "." is still what lies below; by way of its parent the path leads onto the mount.
    openThere(planned, made),
  ];
}

/** The kernel looks at one page, and cuts off the rest without a word. */
const dataMax = 4095;

function tooLong(origin: string, path: string): ContainerError {
  return new ContainerError(
    `Cannot mount at "${path}" (${origin}/options): the options have more than ${dataMax} bytes`,
    {
      code: "ERR_INVALID_CONFIG",
      kind: "invalid",
      pointer: `${origin}/options`,
      hint: "Shorten the paths, for example by links",
    },
  );
}

/** Opens what is at a path, which is there: also a file that was bound. */
function openThere({ path, origin }: PlannedMount, into: string): Step {
  return openInRoot(purpose(origin, `open "${path}"`), path, ["O_PATH"], { save: into });
}

/** Changes a mount that is there already. */
function remountSteps(planned: PlannedMount): Step[] {
  const { options, path, origin, target } = planned;
  const why = purpose(origin, `remount "${path}"`);
  const there = { ...planned, made: target };
  const { set, clear } = options.attributes;
  const context = contextOf(there);
  return sequence(
    openThere(planned, target),
    (set.length > 0 || clear.length > 0) && setAttributes(why, target, { set, clear }, false),
    options.bind === "no" &&
      options.parameters.length > 0 && [
        call(
          why,
          "fspick",
          [slot(target), text(""), constant("FSPICK_CLOEXEC", "FSPICK_EMPTY_PATH")],
          { save: context },
        ),
        ...options.parameters.map((parameter) => setParameter(planned, context, parameter)),
        call(why, "fsconfig", [slot(context), constant("FSCONFIG_CMD_RECONFIGURE"), 0, 0, 0]),
        call(why, "close", [slot(context)]),
      ],
    changeBelow(there),
    propagationSteps(there),
  );
}
