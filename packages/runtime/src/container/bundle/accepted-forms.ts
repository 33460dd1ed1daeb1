/**
 * What engines and people write in a config.json that the specification has in another form, and runc takes.
 *
 * @module
 */

import type { Config } from "@ctr/spec";
import { cleanPath, pathInRootfs } from "../../init/container-path.ts";

/** Returns a document, which nobody has checked yet, in the forms of the specification. */
export function asCurrentForm(document: unknown): unknown {
  return withoutOtherAccess(withoutFileTypes(withoutRecursion(document)));
}

/**
 * Takes the `r` off a propagation such as `rslave`, which Docker and podman write: what the runtime does there is
 * recursive anyway.
 */
function withoutRecursion(document: unknown): unknown {
  if (!isObject(document) || !isObject(document["linux"])) return document;
  const { linux } = document;
  const propagation = linux["rootfsPropagation"];
  if (typeof propagation !== "string") return document;
  const name = propagation.replace(/^r(?=shared|slave|private|unbindable)/, "");
  const { rootfsPropagation: _, ...others } = linux;
  return { ...document, linux: name === "" ? others : { ...others, rootfsPropagation: name } };
}

/** Takes the type of the file off the modes of devices, which podman copies from stat(2) of the host's. */
function withoutFileTypes(document: unknown): unknown {
  if (!isObject(document) || !isObject(document["linux"])) return document;
  const { linux } = document;
  const devices = linux["devices"];
  if (!Array.isArray(devices)) return document;
  const permissions = (device: unknown): unknown =>
    isObject(device) && typeof device["fileMode"] === "number"
      ? { ...device, fileMode: device["fileMode"] & 0o7777 }
      : device;
  return { ...document, linux: { ...linux, devices: devices.map(permissions) } };
}

/** Takes what is none of the letters r, w and m off the access of device rules, which runc does not look at either. */
function withoutOtherAccess(document: unknown): unknown {
  if (!isObject(document) || !isObject(document["linux"])) return document;
  const { linux } = document;
  const { resources } = linux;
  if (!(isObject(resources) && Array.isArray(resources["devices"]))) return document;
  const known = (rule: unknown): unknown => {
    const access = isObject(rule) ? rule["access"] : undefined;
    return isObject(rule) && typeof access === "string" && /[rwm]/.test(access)
      ? { ...rule, access: access.replaceAll(/[^rwm]/g, "") }
      : rule;
  };
  const devices = resources["devices"].map(known);
  return { ...document, linux: { ...linux, resources: { ...resources, devices } } };
}

function isObject(value: unknown): value is Record<string, unknown> {
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
