/**
 * User namespaces: which ids of the host those in the container are.
 *
 * @see config-linux.md, "User namespace mappings"; user_namespaces(7), newuidmap(1)
 * @module
 */

import { type Config, ContainerError, type LinuxIdMapping, type Process } from "@ctr/spec";
import { writeValue } from "../kernel/file.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { reasonOf } from "../kernel/system-call-error.ts";
import { keepsGroups } from "./bundle/annotations.ts";
import { inspectHost } from "./host.ts";
import type { Runtime } from "./runtime-options.ts";

/** Tells whether a process in the container may set its groups: not when an ordinary user mapped just himself. */
function canSetGroups(config: Config, { kernel, rootless }: Runtime): boolean {
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  if (inspectHost(kernel).deniesGroups) return false;
  if (!rootless) return true;
  return !(isSelf(uidMappings, process.geteuid?.()) && isSelf(gidMappings, process.getegid?.()));
}

/**
 * Tells whether a process of the container sets its groups.
 *
 * @param origin JSON pointer of the process
 * @throws {ContainerError} ERR_ID_MAPPING when it is to have some and may not
 */
export function setsGroups(
  config: Config,
  runtime: Runtime,
  { user }: Process,
  origin: string,
): boolean {
  if (keepsGroups(config)) return false;
  const can = canSetGroups(config, runtime);
  if (can || (user?.additionalGids ?? []).length === 0) return can;
  const pointer = `${origin}/user/additionalGids`;
  throw new ContainerError(
    `Cannot give the process groups (${pointer}): nobody in its user namespace may set any`,
    {
      code: "ERR_ID_MAPPING",
      kind: "forbidden",
      pointer,
      hint: "Map more ids than your own: that needs newgidmap and a line in /etc/subgid",
    },
  );
}

/**
 * Writes the id mappings of a process that has just entered a new user namespace.
 *
 * @throws {ContainerError} ERR_ID_MAPPING
 */
export function writeIdMappings(runtime: Runtime, config: Config, pid: number): void {
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const { kernel, rootless } = runtime;
  if (rootless && !canSetGroups(config, runtime)) {
    // What an unprivileged user must give up to map his own group (user_namespaces(7)).
    writeMap(kernel, pid, "setgroups", "deny", "gidMappings");
  }
  writeIds(runtime, pid, "uid", uidMappings);
  writeIds(runtime, pid, "gid", gidMappings);
}

function writeIds(
  { kernel, rootless }: Runtime,
  pid: number,
  kind: "uid" | "gid",
  mappings: readonly LinuxIdMapping[],
): void {
  const own = kind === "uid" ? process.geteuid?.() : process.getegid?.();
  if (rootless && !isSelf(mappings, own)) {
    mapWithHelper(pid, kind, mappings);
    return;
  }
  const lines = mappings.map(
    ({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`,
  );
  writeMap(kernel, pid, `${kind}_map`, lines.join(""), `${kind}Mappings`);
}

function isSelf(mappings: readonly LinuxIdMapping[], own: number | undefined): boolean {
  const [mapping, ...others] = mappings;
  return others.length === 0 && mapping?.hostID === own && mapping?.size === 1;
}

function writeMap(kernel: Kernel, pid: number, file: string, text: string, field: string): void {
  try {
    writeValue(kernel, `/proc/${pid}/${file}`, text);
  } catch (error) {
    throw mappingError(field, `${file}: ${reasonOf(error)}`, error);
  }
}

/** Ids that are not the user's own are mapped by a setuid helper, which looks at /etc/subuid and /etc/subgid. */
function mapWithHelper(
  pid: number,
  kind: "uid" | "gid",
  mappings: readonly LinuxIdMapping[],
): void {
  const helper = Bun.which(`new${kind}map`);
  const field = `${kind}Mappings`;
  if (helper === null) {
    throw mappingError(field, `new${kind}map is not installed (Debian: uidmap)`, undefined);
  }
  const ranges = mappings.flatMap(({ containerID, hostID, size }) => [
    String(containerID),
    String(hostID),
    String(size),
  ]);
  const { exitCode, stderr } = Bun.spawnSync([helper, String(pid), ...ranges], {
    stdout: "ignore",
    stderr: "pipe",
  });
  if (exitCode !== 0) throw mappingError(field, stderr.toString().trim(), undefined);
}

function mappingError(field: string, why: string, cause: unknown): ContainerError {
  return new ContainerError(`Cannot map the ids of the user namespace (/linux/${field}): ${why}`, {
    code: "ERR_ID_MAPPING",
    kind: "invalid",
    pointer: `/linux/${field}`,
    ...(cause === undefined ? {} : { cause }),
    hint: "Ranges must not overlap, and an ordinary user needs them in /etc/subuid and /etc/subgid",
  });
}
