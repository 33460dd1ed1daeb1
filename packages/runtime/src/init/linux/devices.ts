/**
 * Device nodes, and the links in /dev that programs expect.
 *
 * @see config-linux.md, "Devices", "Default Devices"; mknod(2)
 * @module
 */

import type { LinuxDevice } from "@ctr/spec";
import { type ConstantName, constant } from "../../machine/constants.ts";
import type { Purpose, Step } from "../../program/step.ts";
import { cleanPath } from "../container-path.ts";
import {
  ensureDirectory,
  ensureFile,
  ensureParent,
  lastPart,
  parentOf,
} from "../mounts/mountpoint.ts";
import {
  AT_FDCWD,
  attach,
  call,
  descriptor,
  deviceNumber,
  purpose,
  rootfsSlot,
  sequence,
  setAttributes,
  slot,
  text,
} from "../steps.ts";

/** What {@linkcode deviceSteps} needs. */
export interface DevicesInput {
  readonly devices: readonly LinuxDevice[];
  /** In a user namespace nobody may make nodes: the host's are bound. */
  readonly bind: boolean;
  /** Whether the launcher has made those of the configuration: descriptor `devices` is a tmpfs with a node for each. */
  readonly made?: boolean;
  /** Whether the host has /proc/kcore. */
  readonly hasKcore: boolean;
  /** Slot of the container's /dev, when the program has just mounted it. */
  readonly dev?: string;
}

/** The devices that every container has. */
export const defaultDevices: readonly LinuxDevice[] = [
  { path: "/dev/null", type: "c", major: 1, minor: 3 },
  { path: "/dev/random", type: "c", major: 1, minor: 8 },
  { path: "/dev/full", type: "c", major: 1, minor: 7 },
  { path: "/dev/tty", type: "c", major: 5, minor: 0 },
  { path: "/dev/zero", type: "c", major: 1, minor: 5 },
  { path: "/dev/urandom", type: "c", major: 1, minor: 9 },
].map((device) => ({ ...device, type: "c", fileMode: 0o666, uid: 0, gid: 0 }));

/** Makes the default devices, those of the configuration, and the links in /dev. */
export function deviceSteps(input: DevicesInput): Step[] {
  const { devices, bind, hasKcore, made = false, dev = "dev" } = input;
  const listed = new Set(devices.map(({ path }) => cleanPath(path)));
  const make = (device: LinuxDevice, origin: string, into: string): Step[] =>
    bind && device.type !== "p"
      ? bindDevice(device, origin, into)
      : makeDevice(device, origin, into, dev);
  return sequence(
    dev === "dev" && ensureDirectory({ path: "/dev", into: dev, origin: "" }),
    defaultDevices
      .filter(({ path }) => !listed.has(path))
      .flatMap((device, index) => make(device, "", `default-device-${index}`)),
    made && openMade(devices),
    devices.flatMap((device, index) => {
      const [origin, into] = [`/linux/devices/${index}`, `device-${index}`];
      return made && device.type !== "p"
        ? attachDevice(purpose(origin, `bind the device "${device.path}"`), device, into)
        : make(device, origin, into);
    }),
    linkSteps(hasKcore, dev),
  );
}

const types: Readonly<Record<string, ConstantName>> = {
  c: "S_IFCHR",
  u: "S_IFCHR",
  b: "S_IFBLK",
  p: "S_IFIFO",
};

const defaultMode = 0o666;

/** The kind of file that a device is. */
export function deviceType({ type }: LinuxDevice): ConstantName {
  return types[type] ?? "S_IFCHR";
}

/** The permissions of a device. */
export function deviceMode({ fileMode = defaultMode }: LinuxDevice): number {
  return fileMode & 0o7777;
}

function makeDevice(device: LinuxDevice, origin: string, into: string, dev: string): Step[] {
  const path = cleanPath(device.path);
  const isInDev = parentOf(path) === "/dev";
  const parent = isInDev ? dev : into;
  const why = purpose(origin, `make the device "${path}"`);
  const { major = 0, minor = 0, uid = 0, gid = 0 } = device;
  const mode = deviceMode(device);
  const type = constant(deviceType(device));
  return sequence(
    !isInDev && ensureParent({ path, into, origin }),
    call(
      why,
      "mknodat",
      [
        slot(parent),
        text(lastPart(path)),
        {
          constant: `${type.constant}|0${mode.toString(8)}`,
          value: type.value + mode,
        },
        deviceNumber(major, minor),
      ],
      // What is there already stays, as with runc: an image's own /dev, or a device that is listed twice.
      { accept: ["EEXIST"] },
    ),
    (uid !== 0 || gid !== 0) &&
      call(purpose(origin, `set the owner of the device "${path}"`), "fchownat", [
        slot(parent),
        text(lastPart(path)),
        uid,
        gid,
        constant("AT_SYMLINK_NOFOLLOW"),
      ]),
    !isInDev && call(why, "close", [slot(into)]),
  );
}

/**
 * Takes a mount for each node that the launcher has made. open_tree(2) clones only what is in our mount namespace: so the
 * tmpfs lies on the root for that long.
 */
function openMade(devices: readonly LinuxDevice[]): Step[] {
  const why = purpose("/linux/devices", "take the devices that the launcher has made");
  return [
    { set: "devices", to: descriptor("devices") },
    attach(why, "devices", rootfsSlot),
    ...devices.flatMap(({ type }, index) =>
      type === "p"
        ? []
        : [
            call(why, "open_tree", [slot("devices"), text(String(index)), cloneTree], {
              save: `device-${index}:source`,
            }),
          ],
    ),
    call(why, "fchdir", [slot("devices")]),
    call(why, "umount2", [text("."), constant("MNT_DETACH")]),
    call(why, "chdir", [text("/")]),
    call(why, "close", [slot("devices")]),
  ];
}

const cloneTree = constant("OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC");

function bindDevice(device: LinuxDevice, origin: string, into: string): Step[] {
  const path = cleanPath(device.path);
  const why = purpose(origin, `bind the host's device "${path}"`, "Does the host have it?");
  return [
    call(why, "open_tree", [AT_FDCWD, text(path), cloneTree], { save: `${into}:source` }),
    // A device is neither executed nor anybody's program.
    setAttributes(
      why,
      `${into}:source`,
      { set: ["MOUNT_ATTR_NOSUID", "MOUNT_ATTR_NOEXEC"], clear: [] },
      false,
    ),
    ...attachDevice(why, device, into),
  ];
}

/** Puts the mount of a device in its place. */
function attachDevice(why: Purpose, device: LinuxDevice, into: string): Step[] {
  const path = cleanPath(device.path);
  return [
    ...ensureFile({ path, into, origin: why.origin }),
    attach(why, `${into}:source`, into),
    call(why, "close", [slot(into)]),
    call(why, "close", [slot(`${into}:source`)]),
  ];
}

/** Links in /dev, as every Linux has them. */
function linkSteps(hasKcore: boolean, dev: string): Step[] {
  const links: readonly (readonly [target: string, name: string])[] = [
    ["/proc/self/fd", "fd"],
    ["/proc/self/fd/0", "stdin"],
    ["/proc/self/fd/1", "stdout"],
    ["/proc/self/fd/2", "stderr"],
    ...(hasKcore ? [["/proc/kcore", "core"] as const] : []),
  ];
  const ptmx = purpose("", 'link "/dev/ptmx" to the container\'s own terminals');
  return [
    ...links.map(([target, name]) =>
      call(purpose("", `link "/dev/${name}"`), "symlinkat", [text(target), slot(dev), text(name)], {
        accept: ["EEXIST"],
      }),
    ),
    // The host's /dev/ptmx, in an image or a copy of /dev, would make terminals of the host.
    call(ptmx, "unlinkat", [slot(dev), text("ptmx"), 0], { accept: ["ENOENT"] }),
    call(ptmx, "symlinkat", [text("pts/ptmx"), slot(dev), text("ptmx")]),
  ];
}
