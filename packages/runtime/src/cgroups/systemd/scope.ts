/**
 * The systemd driver: a container's cgroup as a transient scope.
 *
 * @module
 */

import { ContainerError, type LinuxResources } from "@ctr/spec";
import { makeDirectory } from "../../kernel/file.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Cgroup } from "../cgroup.ts";
import { ControlFiles } from "../control-files.ts";
import { adoptCgroup, type CgroupRequest } from "../create.ts";
import type { CgroupLayout } from "../layout.ts";
import { placeInHierarchy } from "../place.ts";
import { propertiesOfAnnotations } from "./annotations.ts";
import { propertiesOfDevices } from "./device-properties.ts";
import { SystemdManager } from "./manager.ts";
import { Placeholder } from "./placeholder.ts";
import type { UnitProperty } from "./property.ts";
import { propertiesOfResources } from "./resource-properties.ts";
import { expandSlice, parseUnitName, type UnitName } from "./unit-name.ts";

/** What cgroup a container is to have from systemd. `path` is `slice:prefix:name`. */
export interface SystemdCgroupRequest extends CgroupRequest {
  /** Those named `org.systemd.property.NAME` become properties of the scope. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Name of a cgroup below the scope that is the container's. @default none: it is the scope's own */
  readonly subgroup?: string;
}

/** A scope, as it is kept in a container's state. */
export interface SystemdScope {
  /** For example `bunc-redis.scope`. */
  readonly unit: string;
  /** Whether it belongs to the user's systemd. */
  readonly user: boolean;
}

/** A scope that was just made. */
export interface NewSystemdCgroup extends Disposable {
  readonly cgroup: Cgroup;
  readonly scope: SystemdScope;
  /** Ends the process that keeps the scope alive until the container's first one is in its cgroup. */
  [Symbol.dispose](): void;
}

/**
 * Makes a scope and sets limits and device rules, in systemd and in the control files.
 *
 * The scope holds a process of ours until the result is disposed of; do that when the container's own is in the cgroup,
 * as systemd removes a scope that gets empty.
 *
 * @throws {ContainerError} ERR_NO_SYSTEMD, ERR_SYSTEMD, or as createCgroup()
 */
export async function createSystemdCgroup(
  kernel: Kernel,
  layout: CgroupLayout,
  request: SystemdCgroupRequest,
): Promise<NewSystemdCgroup> {
  const user = request.rootless;
  if (user && layout.mode !== "v2") throw userNeedsV2();
  const { slice, unit } = placeOf(request.path, request.id, user);
  const scope: SystemdScope = { unit, user };
  const { resources = {}, annotations = {} } = request;
  const asked = propertiesOfAnnotations(annotations);
  await using manager = await SystemdManager.connect(user);
  const facts = { systemd: await manager.version(), cgroup: layout.mode === "v2" ? 2 : 1 } as const;
  const path = `${await manager.controlGroup()}${expandSlice(slice)}/${unit}`;
  const limits = propertiesOfResources(resources, facts);
  const devices = propertiesOfDevices(resources.devices ?? [], facts.systemd);

  using undo = new DisposableStack();
  const placeholder = undo.use(new Placeholder(kernel));
  await manager.startTransientUnit(unit, [
    ...scopeProperties(request.id, slice, placeholder.pid, facts.cgroup),
    ...devices,
    ...limits,
    ...asked,
  ]);
  let cgroup: Cgroup;
  try {
    cgroup = adoptCgroup(kernel, layout, {
      ...request,
      path: makeSubgroup(kernel, layout, path, request.subgroup, placeholder.pid),
    });
  } catch (error) {
    placeholder[Symbol.dispose]();
    await manager.stopUnit(unit);
    throw error;
  }
  undo.move();
  return { cgroup, scope, [Symbol.dispose]: () => placeholder[Symbol.dispose]() };
}

/**
 * Makes the cgroup below a scope that is the container's, if there is to be one. In version 2 the process that keeps the
 * scope alive moves there: one with processes has no controllers for those below it.
 *
 * @returns where the container's cgroup lies, below the mount
 */
function makeSubgroup(
  kernel: Kernel,
  layout: CgroupLayout,
  scope: string,
  subgroup: string | undefined,
  pid: number,
): string {
  if (subgroup === undefined) return scope;
  const [hierarchy] = layout.hierarchies;
  if (layout.mode === "v2" && hierarchy !== undefined) {
    const directory = placeInHierarchy(hierarchy, layout.mode, `${scope}/${subgroup}`);
    makeDirectory(kernel, directory, 0o755);
    new ControlFiles(kernel, directory, "cgroup").put("cgroup.procs", String(pid));
  }
  return `${scope}/${subgroup}`;
}

function placeOf(path: string | undefined, id: string, user: boolean): Required<UnitName> {
  return { slice: user ? "user.slice" : "system.slice", ...parseUnitName(path, id) };
}

/** Returns where the cgroup of a container lies, below the one that its systemd has. */
export function scopePath({
  path,
  id,
  rootless,
  subgroup,
}: Pick<SystemdCgroupRequest, "path" | "id" | "rootless" | "subgroup">): string {
  const { slice, unit } = placeOf(path, id, rootless);
  const scope = `${expandSlice(slice)}/${unit}`;
  return subgroup === undefined ? scope : `${scope}/${subgroup}`;
}

/**
 * Changes limits of a scope, in systemd and in the control files; those that are absent stay as they are.
 *
 * @throws {ContainerError}
 */
export async function updateSystemdCgroup(
  scope: SystemdScope,
  cgroup: Cgroup,
  resources: LinuxResources,
): Promise<void> {
  await using manager = await SystemdManager.connect(scope.user);
  const facts = { systemd: await manager.version(), cgroup: cgroup.mode === "v2" ? 2 : 1 } as const;
  await manager.setUnitProperties(scope.unit, propertiesOfResources(resources, facts));
  cgroup.apply(resources);
}

/**
 * Removes a scope and its cgroups, whose processes have ended.
 *
 * @throws {ContainerError}
 */
export async function deleteSystemdCgroup(scope: SystemdScope, cgroup: Cgroup): Promise<void> {
  await using manager = await SystemdManager.connect(scope.user);
  await manager.stopUnit(scope.unit);
  // systemd leaves cgroups below the scope, and on version 1 hierarchies that are not its own.
  await cgroup.delete();
}

/** @see systemd.scope(5), systemd.resource-control(5) */
function scopeProperties(id: string, slice: string, pid: number, cgroup: 1 | 2): UnitProperty[] {
  const accounting = ["MemoryAccounting", "CPUAccounting", "TasksAccounting"];
  const io = cgroup === 2 ? "IOAccounting" : "BlockIOAccounting";
  return [
    { name: "Description", signature: "s", value: `container ${id}` },
    { name: "Slice", signature: "s", value: slice },
    { name: "PIDs", signature: "au", value: [pid] },
    // What is below belongs to the container: systemd leaves it alone.
    { name: "Delegate", signature: "b", value: true },
    // It is stopped with the container, not at shutdown before those who look after it.
    { name: "DefaultDependencies", signature: "b", value: false },
    ...[...accounting, io].map((name) => ({ name, signature: "b", value: true })),
  ];
}

function userNeedsV2(): ContainerError {
  return new ContainerError(
    "Cannot use the user's systemd: it may not give out cgroups of version 1",
    {
      code: "ERR_CGROUP_UNSUPPORTED",
      kind: "unsupported",
      hint: "Boot with cgroup v2, or leave out --systemd-cgroup",
    },
  );
}
