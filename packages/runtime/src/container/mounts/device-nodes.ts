/**
 * Devices of a container with a user namespace of its own: nobody in there may make a node, so the launcher does, with
 * the mode and the owner that the configuration gives it, in a tmpfs whose nodes the program binds to their places.
 *
 * @see config-linux.md, "Devices"; mknod(2), user_namespaces(7)
 * @module
 */

import { type Config, ContainerError, type LinuxDevice, type LinuxIdMapping } from "@ctr/spec";
import { deviceMode, deviceType } from "../../init/linux/devices.ts";
import type { NamespacePlan } from "../../init/linux/namespaces.ts";
import { deviceNumber } from "../../init/steps.ts";
import { FileDescriptor } from "../../kernel/fd.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { isErrno } from "../../kernel/system-call-error.ts";
import { value } from "../../machine/constants.ts";
import { inspectHost } from "../host.ts";
import type { Runtime } from "../runtime-options.ts";

/** Tells whether the launcher makes the devices of the configuration; the host's are bound where it cannot. */
export function makesDeviceNodes(
  { kernel, rootless }: Runtime,
  { linux }: Config,
  { cloned }: NamespacePlan,
): boolean {
  return (
    cloned.includes("user") &&
    cloned.includes("mount") &&
    !rootless &&
    (linux?.devices ?? []).some(({ type }) => type !== "p") &&
    !inspectHost(kernel).inUserNamespace
  );
}

/**
 * Makes the nodes, each named by its place in `/linux/devices`.
 *
 * @returns the root of the tmpfs; `undefined` when the launcher may make no nodes
 * @throws {ContainerError} ERR_ID_MAPPING when an owner has no id on the host
 */
export function makeDeviceNodes(
  runtime: Runtime,
  config: Config,
  namespaces: NamespacePlan,
  stack: DisposableStack,
): FileDescriptor | undefined {
  if (!makesDeviceNodes(runtime, config, namespaces)) return undefined;
  const { devices = [], uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const { kernel } = runtime;
  const directory = stack.use(mountTmpfs(kernel));
  try {
    for (const [index, device] of devices.entries()) {
      if (device.type === "p") continue;
      makeNode(kernel, directory.number, String(index), device);
      const uid = hostId(uidMappings, device.uid, `/linux/devices/${index}/uid`);
      const gid = hostId(gidMappings, device.gid, `/linux/devices/${index}/gid`);
      const nofollow = value("AT_SYMLINK_NOFOLLOW");
      kernel.call("fchownat", directory.number, String(index), uid, gid, nofollow);
    }
  } catch (error) {
    // Without CAP_MKNOD.
    if (isErrno(error, "EPERM")) return undefined;
    throw error;
  }
  return directory;
}

function mountTmpfs(kernel: Kernel): FileDescriptor {
  using context = new FileDescriptor(
    kernel,
    kernel.call("fsopen", "tmpfs", value("FSOPEN_CLOEXEC")),
  );
  kernel.call("fsconfig", context.number, value("FSCONFIG_SET_STRING"), "source", "devices", 0);
  kernel.call("fsconfig", context.number, value("FSCONFIG_CMD_CREATE"), null, null, 0);
  const attributes = value("MOUNT_ATTR_NOSUID", "MOUNT_ATTR_NOEXEC");
  return new FileDescriptor(
    kernel,
    kernel.call("fsmount", context.number, value("FSMOUNT_CLOEXEC"), attributes),
  );
}

function makeNode(kernel: Kernel, directory: number, name: string, device: LinuxDevice): void {
  const { major = 0, minor = 0 } = device;
  const mode = deviceMode(device);
  kernel.call(
    "mknodat",
    directory,
    name,
    value(deviceType(device)) | mode,
    deviceNumber(major, minor),
  );
  // What our umask has taken away.
  kernel.call("fchmodat", directory, name, mode);
}

/** Root's is what nobody asked for; when it is not mapped the file keeps the host's, which is nobody's in there. */
function hostId(
  mappings: readonly LinuxIdMapping[],
  id: number | undefined,
  pointer: string,
): number {
  const wanted = id ?? 0;
  for (const { containerID, hostID, size } of mappings) {
    if (wanted >= containerID && wanted < containerID + size) return hostID + wanted - containerID;
  }
  if (id === undefined) return 0;
  throw new ContainerError(
    `Cannot give a device to ${id} (${pointer}): the user namespace has no such id`,
    {
      code: "ERR_ID_MAPPING",
      kind: "invalid",
      pointer,
      hint: "Map the id, or leave the owner out",
    },
  );
}
