/**
 * What engines and people write in a config.json that the specification has in another form, and runc takes.
 *
 * @module
 */

import type { Config } from "@ctr/spec";
import { cleanPath, pathInRootfs } from "../../init/container-path.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Returns a document, which nobody has checked yet, in the forms of the specification. */
export function asCurrentForm(document: unknown): unknown {
  if (!isObject(document) || !isObject(document["linux"])) return document;
  const linux = withoutOtherAccess(withoutFileTypes(withoutRecursion(document["linux"])));
  return { ...document, linux };
}

/**
 * Takes the `r` off a propagation such as `rslave`, which Docker and podman write: what the runtime does there is
 * recursive anyway.
 */
function withoutRecursion(linux: Fields): Fields {
  const { rootfsPropagation: propagation, ...others } = linux;
  if (typeof propagation !== "string") return linux;
  const name = propagation.replace(/^r(?=shared|slave|private|unbindable)/, "");
  return name === "" ? others : { ...others, rootfsPropagation: name };
}

/** Takes the type of the file off the modes of devices, which podman copies from stat(2) of the host's. */
function withoutFileTypes(linux: Fields): Fields {
  const { devices } = linux;
  if (!Array.isArray(devices)) return linux;
  const permissions = (device: unknown): unknown =>
    isObject(device) && typeof device["fileMode"] === "number"
      ? { ...device, fileMode: device["fileMode"] & 0o7777 }
      : device;
  return { ...linux, devices: devices.map(permissions) };
}

/** Takes what is none of the letters r, w and m off the access of device rules, which runc does not look at either. */
function withoutOtherAccess(linux: Fields): Fields {
  const { resources } = linux;
  if (!(isObject(resources) && Array.isArray(resources["devices"]))) return linux;
  const known = (rule: unknown): unknown => {
    const access = isObject(rule) ? rule["access"] : undefined;
    return isObject(rule) && typeof access === "string" && /[rwm]/.test(access)
      ? { ...rule, access: access.replaceAll(/[^rwm]/g, "") }
      : rule;
  };
  return { ...linux, resources: { ...resources, devices: resources["devices"].map(known) } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Takes the path of the root filesystem off destinations that begin with it: a mount point is a "path inside container"
 * (config.md, "Mounts"), which for runc may also be written as a path of the host.
 *
 * @param rootfs absolute, symbolic links resolved
 */
export function withinRootfs(config: Config, rootfs: string): Config {
  const { mounts = [] } = config;
  const within = mounts.map((mount) => {
    const destination = pathInRootfs(rootfs, cleanPath(mount.destination));
    return destination === undefined ? mount : { ...mount, destination };
  });
  return within.some((mount, index) => mount !== mounts[index])
    ? { ...config, mounts: within }
    : config;
}
