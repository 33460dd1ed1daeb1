/**
 * The cgroup of a container, whoever makes it.
 *
 * @module
 */

import { type Config, ContainerError, type LinuxResources } from "@ctr/spec";
import {
  Cgroup,
  type CgroupLayout,
  createCgroup,
  createSystemdCgroup,
  deleteSystemdCgroup,
  detectCgroupLayout,
  loadCgroup,
  placeInHierarchy,
  type SystemdCgroupRequest,
  type SystemdScope,
  scopePath,
  updateSystemdCgroup,
} from "../cgroups/index.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { delegatedCgroup, delegatedCgroupOf, systemdSubgroupOf } from "./bundle/annotations.ts";
import type { Runtime } from "./runtime-options.ts";
import type { StateDocument } from "./state/state-directory.ts";

/** A cgroup that was just made. */
export interface MadeCgroup {
  readonly cgroup: Cgroup;
  /** The scope of systemd's that it belongs to. */
  readonly scope?: SystemdScope;
  /** To be told when the container's first process is in it. */
  joined(): Promise<void>;
  /** Removes it again. */
  remove(): Promise<void>;
}

/**
 * Makes the cgroup that a configuration asks for.
 *
 * @throws {ContainerError} names the directory, the unit or the field; nothing is left behind then
 */
export async function makeCgroup(
  runtime: Runtime,
  id: string,
  config: Config,
): Promise<MadeCgroup> {
  const { kernel, rootlessCgroups: rootless, cgroupManager } = runtime;
  const layout = detectCgroupLayout(kernel);
  const isManaged = cgroupManager !== "disabled";
  const delegates = delegatedCgroupOf(config) !== undefined;
  if (delegates && !(isManaged && layout.mode === "v2")) throw cannotDelegate();
  if (!isManaged) return unmanaged(kernel, layout);
  const { cgroupsPath: path = "", resources } = config.linux ?? {};
  const owner = cgroupOwner(config);
  const request = {
    id,
    ...(path === "" ? {} : { path }),
    ...(resources === undefined ? {} : { resources }),
    rootless,
    ...(owner === undefined ? {} : { owner }),
  };
  if (cgroupManager === "cgroupfs") {
    const cgroup = createCgroup(kernel, layout, request);
    return { cgroup, joined: () => Promise.resolve(), remove: () => cgroup.delete() };
  }
  const subgroup = systemdSubgroupOf(config);
  return await makeScope(kernel, layout, {
    ...request,
    annotations: config.annotations ?? {},
    ...(subgroup === undefined ? {} : { subgroup }),
  });
}

async function makeScope(
  kernel: Kernel,
  layout: CgroupLayout,
  request: SystemdCgroupRequest,
): Promise<MadeCgroup> {
  const { resources = {} } = request;
  // Beside the process that keeps the scope alive there must be room for the container's.
  const isForOne = resources.pids?.limit === 1;
  const made = await createSystemdCgroup(
    kernel,
    layout,
    isForOne ? { ...request, resources: { ...resources, pids: { limit: 2 } } } : request,
  );
  const { cgroup, scope } = made;
  return {
    cgroup,
    scope,
    joined: async () => {
      made[Symbol.dispose]();
      if (isForOne) await updateSystemdCgroup(scope, cgroup, { pids: { limit: 1 } });
    },
    remove: async () => {
      made[Symbol.dispose]();
      await deleteSystemdCgroup(scope, cgroup);
    },
  };
}

function unmanaged(kernel: Kernel, layout: CgroupLayout): MadeCgroup {
  const done = (): Promise<void> => Promise.resolve();
  return { cgroup: new Cgroup(kernel, layout.mode, {}, layout), joined: done, remove: done };
}

/** Root of the container, as the host sees him. */
function rootOf({ linux }: Config): { uid: number; gid: number } {
  return {
    uid: linux?.uidMappings?.find(({ containerID }) => containerID === 0)?.hostID ?? 0,
    gid: linux?.gidMappings?.find(({ containerID }) => containerID === 0)?.hostID ?? 0,
  };
}

/** Gives the container's processes, which wait for start, a cgroup of their own to manage, if its annotations ask for that. */
export function delegateCgroup(cgroup: Cgroup, config: Config): void {
  const name = delegatedCgroupOf(config);
  if (name === undefined) return;
  // Without privileges the container may have none of its own.
  if (cgroup.paths[""] === undefined) throw cannotDelegate();
  cgroup.delegate(name, rootOf(config));
}

function cannotDelegate(): ContainerError {
  const pointer = `/annotations/${delegatedCgroup}`;
  return new ContainerError(
    `Cannot give the container a cgroup to manage (${pointer}): that takes a cgroup of version 2`,
    {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
      pointer,
      hint: "Leave the annotation out, or boot with systemd.unified_cgroup_hierarchy=1",
    },
  );
}

/** Root of a user namespace who may write to his cgroup mount gets the cgroup, as with runc. */
function cgroupOwner(config: Config): { uid: number; gid: number } | undefined {
  const hasMappings = (config.linux?.uidMappings?.length ?? 0) > 0;
  const writable = (config.mounts ?? []).some(
    ({ type, options = [] }) =>
      (type === "cgroup" || type === "cgroup2") && !options.includes("ro"),
  );
  return hasMappings && writable ? rootOf(config) : undefined;
}

/** Returns the cgroup that a container would have, without making it. */
export function cgroupToBe(runtime: Runtime, id: string, config: Config): Cgroup {
  const { kernel, cgroupManager, rootlessCgroups } = runtime;
  const layout = detectCgroupLayout(kernel);
  const { cgroupsPath = "" } = config.linux ?? {};
  const given = cgroupsPath === "" ? undefined : cgroupsPath;
  const wanted =
    cgroupManager === "systemd" ? scopeOf(id, given, config, rootlessCgroups) : (given ?? id);
  const hierarchies = cgroupManager === "disabled" ? [] : layout.hierarchies;
  const paths = hierarchies.flatMap((hierarchy) => {
    const path = placeInHierarchy(hierarchy, layout.mode, wanted);
    return hierarchy.controllers.map((controller): [string, string] => [controller, path]);
  });
  return new Cgroup(kernel, layout.mode, Object.fromEntries(paths), layout);
}

function scopeOf(id: string, path: string | undefined, config: Config, rootless: boolean): string {
  const subgroup = systemdSubgroupOf(config);
  return scopePath({
    id,
    rootless,
    ...(path === undefined ? {} : { path }),
    ...(subgroup === undefined ? {} : { subgroup }),
  });
}

/** Returns the cgroup of a container that exists. */
export function cgroupOf(kernel: Kernel, { cgroupPaths, cgroupMode }: StateDocument): Cgroup {
  return loadCgroup(kernel, cgroupPaths, cgroupMode);
}

/**
 * Changes limits.
 *
 * @throws {ContainerError} names the field
 */
export function updateCgroup(
  kernel: Kernel,
  state: StateDocument,
  resources: LinuxResources,
): Promise<void> {
  const cgroup = cgroupOf(kernel, state);
  if (Object.keys(state.cgroupPaths).length === 0) throw withoutCgroup(state.id);
  if (state.scope !== undefined) return updateSystemdCgroup(state.scope, cgroup, resources);
  cgroup.apply(resources);
  return Promise.resolve();
}

function withoutCgroup(id: string): ContainerError {
  return new ContainerError(`Cannot limit container "${id}": it has no cgroup of its own`, {
    code: "ERR_CGROUP_UNSUPPORTED",
    kind: "unsupported",
    hint: "It was created without privileges, or with --cgroup-manager disabled",
  });
}

/**
 * Removes the cgroup of a container whose processes have ended.
 *
 * @throws {ContainerError}
 */
export async function removeCgroup(kernel: Kernel, state: StateDocument): Promise<void> {
  const cgroup = cgroupOf(kernel, state);
  if (state.scope === undefined) await cgroup.delete();
  else await deleteSystemdCgroup(state.scope, cgroup);
}
