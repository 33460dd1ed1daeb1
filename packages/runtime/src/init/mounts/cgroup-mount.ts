/**
 * Mounts of type `cgroup`: the container sees its own cgroup as the root, whatever version the host has.
 *
 * @see config-linux.md, "Control groups"; cgroups(7)
 * @module
 */

import { constant } from "../../machine/constants.ts";
import type { Step } from "../../program/step.ts";
import type { CgroupMountSource } from "../input.ts";
import {
  AT_FDCWD,
  attach,
  call,
  directoryMode,
  purpose,
  sequence,
  setAttributes,
  setOption,
  slot,
  text,
} from "../steps.ts";
import { ensureDirectory } from "./mountpoint.ts";
import { changeBelow, contextOf, type PlannedMount, propagationSteps } from "./planned-mount.ts";

/** What {@linkcode cgroupMountSteps} needs. */
export interface CgroupMountInput {
  readonly cgroupMounts: readonly CgroupMountSource[];
  /** Whether the container has a cgroup namespace of its own, whose root a new cgroup2 mount shows. */
  readonly ownCgroupNamespace: boolean;
  /** SELinux label of the directory above the hierarchies of version 1, which is a file system of ours. */
  readonly mountLabel?: string;
}

/** Shows the container its cgroup. */
export function cgroupMountSteps(planned: PlannedMount, input: CgroupMountInput): Step[] {
  const [first] = input.cgroupMounts;
  if (first !== undefined && first.name === "") {
    return input.ownCgroupNamespace ? ownCgroup2(planned, first) : bindCgroup2(planned, first);
  }
  return version1(planned, input.cgroupMounts, input.mountLabel);
}

/** A new mount shows the root of the cgroup namespace; where a user namespace may not make one, a bind does. */
function ownCgroup2(planned: PlannedMount, source: CgroupMountSource): Step[] {
  const { path, origin, target, made, options } = planned;
  const why = purpose(origin, `mount "cgroup2" at "${path}"`);
  const context = contextOf(planned);
  const { set, clear } = options.attributes;
  return sequence(
    ensureDirectory({ path, into: target, origin }),
    call(why, "fsopen", [text("cgroup2"), constant("FSOPEN_CLOEXEC")], {
      save: context,
      on: { EPERM: `${made}:bind` },
    }),
    setOption(why, context, "source", "cgroup"),
    call(why, "fsconfig", [slot(context), constant("FSCONFIG_CMD_CREATE"), 0, 0, 0], {
      on: { EPERM: `${made}:bind`, EBUSY: `${made}:bind` },
    }),
    call(why, "fsmount", [slot(context), constant("FSMOUNT_CLOEXEC"), constant(...set)], {
      save: made,
      on: { EPERM: `${made}:bind` },
    }),
    { jump: `${made}:made` } as const,
    { label: `${made}:bind` } as const,
    openOwn(planned, source, made),
    (set.length > 0 || clear.length > 0) && setAttributes(why, made, { set, clear }, false),
    { label: `${made}:made` } as const,
    attach(why, made, target),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

function bindCgroup2(planned: PlannedMount, source: CgroupMountSource): Step[] {
  const { path, origin, target, made, options } = planned;
  const why = purpose(origin, `bind the cgroup "${source.path}" to "${path}"`);
  const { set, clear } = options.attributes;
  return sequence(
    ensureDirectory({ path, into: target, origin }),
    openOwn(planned, source, made),
    (set.length > 0 || clear.length > 0) && setAttributes(why, made, { set, clear }, false),
    attach(why, made, target),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

function openOwn({ origin }: PlannedMount, source: CgroupMountSource, into: string): Step {
  const why = purpose(origin, `open the cgroup "${source.path}"`);
  return call(
    why,
    "open_tree",
    [AT_FDCWD, text(source.path), constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC", "AT_RECURSIVE")],
    { save: into },
  );
}

/** Version 1 and hybrid: a tmpfs with a directory for each hierarchy and links for its other names. */
function version1(
  planned: PlannedMount,
  sources: readonly CgroupMountSource[],
  mountLabel = "",
): Step[] {
  const { path, origin, target, made, options } = planned;
  const why = purpose(origin, `mount "cgroup" at "${path}"`);
  const context = contextOf(planned);
  const parameters = {
    source: "cgroup",
    mode: "755",
    ...(mountLabel === "" ? {} : { context: mountLabel }),
  };
  const readonly = options.attributes.set.includes("MOUNT_ATTR_RDONLY");
  const set = options.attributes.set.filter((name) => name !== "MOUNT_ATTR_RDONLY");
  return sequence(
    ensureDirectory({ path, into: target, origin }),
    call(why, "fsopen", [text("tmpfs"), constant("FSOPEN_CLOEXEC")], { save: context }),
    Object.entries(parameters).map(([key, value]) => setOption(why, context, key, value)),
    call(why, "fsconfig", [slot(context), constant("FSCONFIG_CMD_CREATE"), 0, 0, 0]),
    call(why, "fsmount", [slot(context), constant("FSMOUNT_CLOEXEC"), constant(...set)], {
      save: made,
    }),
    attach(why, made, target),
    sources.flatMap((source, index) => hierarchy(planned, source, `${made}:${index}`)),
    readonly && setAttributes(why, made, { set: ["MOUNT_ATTR_RDONLY"], clear: [] }, false),
    changeBelow(planned),
    propagationSteps(planned),
  );
}

function hierarchy(planned: PlannedMount, source: CgroupMountSource, into: string): Step[] {
  const { origin, path, made, options } = planned;
  const place = `${path}/${source.name}`;
  const why = purpose(origin, `bind the cgroup "${source.path}" to "${place}"`);
  const { set, clear } = options.attributes;
  return sequence(
    call(why, "mkdirat", [slot(made), text(source.name), directoryMode]),
    openOwn(planned, source, into),
    (set.length > 0 || clear.length > 0) && setAttributes(why, into, { set, clear }, false),
    call(why, "move_mount", [
      slot(into),
      text(""),
      slot(made),
      text(source.name),
      constant("MOVE_MOUNT_F_EMPTY_PATH"),
    ]),
    source.aliases.map((alias) =>
      call(purpose(origin, `link "${path}/${alias}"`), "symlinkat", [
        text(source.name),
        slot(made),
        text(alias),
      ]),
    ),
  );
}
