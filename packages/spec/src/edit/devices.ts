import type { Config } from "../config/config.ts";
import type { LinuxDevice } from "../config/linux/devices.ts";
import type { LinuxDeviceCgroup } from "../config/linux/resources/device-cgroup.ts";
import { editError, editLinux, editResources } from "./parts.ts";

/**
 * Returns a configuration with a device and the rule that lets the container use it: without one, the
 * node would be there and opening it would fail. The rule comes last, since later ones win.
 *
 * A device at the same path is replaced. Its rule goes, unless another node is for it, and so do earlier
 * rules that allow the added device by its numbers: what one of them allows, a later one does not take
 * away.
 *
 * @param access what the container may do with it, a composition of `r` (read), `w` (write) and `m`
 * (mknod)
 * @throws {ContainerError} with code `ERR_INVALID_CONFIG` for a path that is not absolute, for missing
 * numbers, and for an access that is no such composition.
 *
 * @example
 * ```ts
 * import { defaultConfig, withDevice } from "@ctr/spec";
 *
 * const fuse = { path: "/dev/fuse", type: "c", major: 10, minor: 229 } as const;
 * const config = withDevice(defaultConfig(), fuse, "rw");
 * console.log(config.linux?.resources?.devices?.at(-1)?.access); // "rw"
 * ```
 */
export function withDevice(config: Config, device: LinuxDevice, access: string = "rwm"): Config {
  checkDevice(device, access);
  const devices = config.linux?.devices ?? [];
  const others = devices.filter(({ path }) => path !== device.path);
  const replaced = devices.filter(
    (known) => !(others.includes(known) || others.some((other) => isSameNode(other, known))),
  );
  const before = config.linux?.resources?.devices ?? [];
  const kept = before.filter(
    (rule) => !(rule.allow && [device, ...replaced].some((node) => isSameNode(rule, node))),
  );
  // A FIFO is no device to the kernel: there is no rule for it.
  const added = device.type === "p" || access === "" ? [] : [allow(device, access)];
  const edited = editLinux(config, { devices: [...others, device] });
  const isUnchanged = kept.length === before.length && added.length === 0;
  return isUnchanged ? edited : editResources(edited, { devices: [...kept, ...added] });
}

function allow({ type, major = -1, minor = -1 }: LinuxDevice, access: string): LinuxDeviceCgroup {
  return { allow: true, type: type === "b" ? "b" : "c", major, minor, access };
}

/** Whether a node or a rule is for the same device as another one; `u` is another name of `c`. */
function isSameNode(a: LinuxDevice | LinuxDeviceCgroup, b: LinuxDevice): boolean {
  const isBlock = a.type === "b";
  return a.major === b.major && a.minor === b.minor && isBlock === (b.type === "b");
}

function checkDevice(device: LinuxDevice, access: string): void {
  const what = JSON.stringify(device.path);
  if (!device.path.startsWith("/")) {
    throw editError(`Cannot add the device ${what}: the path is not absolute`, "/linux/devices");
  }
  if (device.type !== "p" && (device.major === undefined || device.minor === undefined)) {
    throw editError(
      `Cannot add the device ${what}: there is no major and minor number`,
      "/linux/devices",
    );
  }
  if (!/^[rwm]*$/.test(access)) {
    throw editError(
      `Cannot allow ${JSON.stringify(access)} of the device ${what}: allowed is a composition of r, w and m`,
      "/linux/resources/devices",
    );
  }
}
