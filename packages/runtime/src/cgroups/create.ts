import { ContainerError, type LinuxResources } from "@ctr/spec";
import { makeDirectory, removeDirectory } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { isErrno, reasonOf } from "../kernel/system-call-error.ts";
import { Cgroup } from "./cgroup.ts";
import { ControlFiles } from "./control-files.ts";
import { enableControllers, makeJoinable } from "./controllers.ts";
import { type CgroupOwner, giveAway } from "./delegate.ts";
import { applyDevices } from "./devices/apply.ts";
import { freezerOf } from "./freezer.ts";
import type { CgroupHierarchy, CgroupLayout } from "./layout.ts";
import { applyLimits } from "./limits/apply.ts";
import { inheritCpuset } from "./limits/cpuset.ts";
import { placeInHierarchy } from "./place.ts";
import { readTreePids } from "./tree.ts";

/** What cgroup a container is to have. */
export interface CgroupRequest {
  readonly id: string;
  /**
   * `linux.cgroupsPath`: absolute from the mount, or relative to our own cgroup.
   *
   * @default the container's id
   */
  readonly path?: string;
  /** Limits and device rules. */
  readonly resources?: LinuxResources;
  /** Without privileges: cgroups that may not be made are done without, unless a path or a limit asks for them. */
  readonly rootless: boolean;
  /** To whom the cgroup is given, version 2 only: root of the container's user namespace, when it may change cgroups. */
  readonly owner?: CgroupOwner;
}

/**
 * Makes a container's cgroup in every hierarchy and sets its limits and device rules.
 *
 * What exists already is used, when no process is in it and it is not frozen. When something fails, everything that was
 * made is removed.
 *
 * @throws {ContainerError} names the directory or the field
 */
export function createCgroup(kernel: Kernel, layout: CgroupLayout, request: CgroupRequest): Cgroup {
  return create(kernel, layout, request, refuseOccupied);
}

/**
 * Does the same around a cgroup that somebody else, systemd, made for us with a process in it.
 *
 * @throws {ContainerError} names the directory or the field
 */
export function adoptCgroup(kernel: Kernel, layout: CgroupLayout, request: CgroupRequest): Cgroup {
  return create(kernel, layout, request, () => undefined);
}

/** What is to be said about a cgroup that exists already. */
type ExistingCheck = (kernel: Kernel, hierarchy: CgroupHierarchy, path: string) => void;

function create(
  kernel: Kernel,
  layout: CgroupLayout,
  request: CgroupRequest,
  checkExisting: ExistingCheck,
): Cgroup {
  using made = new DisposableStack();
  const paths: Record<string, string> = {};
  for (const hierarchy of layout.hierarchies) {
    const path = createInHierarchy(kernel, layout.mode, hierarchy, request, made, checkExisting);
    if (path === undefined) continue;
    for (const controller of hierarchy.controllers) paths[controller] = path;
  }
  const version = layout.mode === "v2" ? 2 : 1;
  const { resources = {}, rootless } = request;
  // Without privileges and without a cgroup in version 2 nothing was to be limited.
  if (version === 1 || paths[""] !== undefined) {
    applyLimits(kernel, paths, version, resources);
    applyDevices(kernel, paths, version, resources.devices ?? [], rootless);
  }
  made.move();
  return new Cgroup(kernel, layout.mode, paths, layout);
}

/** Returns the directory, or `undefined` when it is done without. */
function createInHierarchy(
  kernel: Kernel,
  mode: CgroupLayout["mode"],
  hierarchy: CgroupHierarchy,
  request: CgroupRequest,
  made: DisposableStack,
  checkExisting: ExistingCheck,
): string | undefined {
  const path = placeInHierarchy(hierarchy, mode, request.path ?? request.id);
  try {
    const existed = !makeLevels(kernel, hierarchy, mode, path, request, made);
    if (existed) checkExisting(kernel, hierarchy, path);
    if (mode === "v2" && request.owner !== undefined) giveAway(kernel, path, request.owner);
    return path;
  } catch (error) {
    if (error instanceof ContainerError) throw error;
    if (isErrno(error, "EACCES", "EPERM", "EROFS")) {
      if (mayDoWithout(hierarchy, mode, request)) return undefined;
      throw cannotMake(
        path,
        error,
        "forbidden",
        "Run as root, or have a cgroup delegated to this user",
      );
    }
    throw cannotMake(path, error, "internal");
  }
}

function cannotMake(
  path: string,
  cause: unknown,
  kind: "forbidden" | "internal",
  hint?: string,
): ContainerError {
  return new ContainerError(
    `Cannot make the cgroup ${path} (linux.cgroupsPath): ${reasonOf(cause)}`,
    {
      code: "ERR_CGROUP_CREATE",
      kind,
      pointer: "/linux/cgroupsPath",
      cause,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

/** In version 1 a limit of a missing cgroup fails by itself, with the name of its field. */
function mayDoWithout(
  hierarchy: CgroupHierarchy,
  mode: CgroupLayout["mode"],
  { rootless, path, resources = {} }: CgroupRequest,
): boolean {
  if (!rootless || path !== undefined) return false;
  return hierarchy.version === 1 || mode === "hybrid" || !asksForLimits(resources);
}

function asksForLimits(resources: LinuxResources): boolean {
  const { devices: _, network: __, ...limits } = resources;
  return Object.values(limits).some(
    (limit) => limit !== undefined && Object.keys(limit).length > 0,
  );
}

/** Makes the directories from the mount down to a cgroup and makes each fit to be used; tells whether the last is new. */
function makeLevels(
  kernel: Kernel,
  hierarchy: CgroupHierarchy,
  mode: CgroupLayout["mode"],
  path: string,
  { resources = {} }: CgroupRequest,
  made: DisposableStack,
): boolean {
  const parts = path.slice(hierarchy.mountpoint.length).split("/").slice(1);
  const forCpuset = hierarchy.controllers.includes("cpuset");
  let parent = hierarchy.mountpoint;
  let isNew = false;
  for (const [index, part] of parts.entries()) {
    const directory = `${parent}/${part}`;
    const isLast = index === parts.length - 1;
    if (mode === "v2") enableControllers(new ControlFiles(kernel, parent, "cgroup"));
    isNew = makeDirectory(kernel, directory, 0o755);
    if (isNew) made.defer(() => removeDirectory(kernel, directory));
    const files = new ControlFiles(kernel, directory, "cpuset");
    if (forCpuset) {
      inheritCpuset(files, new ControlFiles(kernel, parent, "cpuset"), isLast ? resources.cpu : {});
    }
    if (mode === "v2") makeJoinable(files, resources);
    parent = directory;
  }
  return isNew;
}

/** A cgroup with processes belongs to somebody, and what joins a frozen one would never start. */
function refuseOccupied(kernel: Kernel, hierarchy: CgroupHierarchy, path: string): void {
  const refuse = (why: string, hint: string): ContainerError =>
    new ContainerError(`Cannot use the cgroup ${path} (linux.cgroupsPath): ${why}`, {
      code: "ERR_CGROUP_IN_USE",
      kind: "conflict",
      pointer: "/linux/cgroupsPath",
      hint,
    });
  const count = readTreePids(kernel, path).length;
  if (count > 0) {
    throw refuse(
      `container's cgroup is not empty: ${count} process(es) found`,
      "Give each container its own cgroup",
    );
  }
  const files = new ControlFiles(kernel, path, "freezer");
  if (freezerOf(files, hierarchy.version).isFrozen()) {
    throw refuse(
      "container's cgroup unexpectedly frozen",
      "Thaw it, or give the container its own cgroup",
    );
  }
}
