/**
 * The flags of mount(2), for what fsconfig(2) cannot say.
 *
 * @see mount(2)
 * @module
 */

import type { ConstantName } from "../../machine/constants.ts";
import type { Parameter } from "./mount-options.ts";

/** Attributes of a mount, as mount(2) has them. */
const attributeFlags: Readonly<Partial<Record<ConstantName, ConstantName>>> = {
  MOUNT_ATTR_RDONLY: "MS_RDONLY",
  MOUNT_ATTR_NOSUID: "MS_NOSUID",
  MOUNT_ATTR_NODEV: "MS_NODEV",
  MOUNT_ATTR_NOEXEC: "MS_NOEXEC",
  MOUNT_ATTR_NODIRATIME: "MS_NODIRATIME",
  MOUNT_ATTR_NOSYMFOLLOW: "MS_NOSYMFOLLOW",
  MOUNT_ATTR_NOATIME: "MS_NOATIME",
  MOUNT_ATTR_RELATIME: "MS_RELATIME",
  MOUNT_ATTR_STRICTATIME: "MS_STRICTATIME",
};

/** Parameters that every superblock has, which are flags for mount(2) and no part of its data. */
const superblockFlags: ReadonlyMap<
  string,
  { readonly set?: ConstantName; readonly clear?: ConstantName }
> = new Map([
  ["ro", { set: "MS_RDONLY" }],
  ["rw", { clear: "MS_RDONLY" }],
  ["sync", { set: "MS_SYNCHRONOUS" }],
  ["async", { clear: "MS_SYNCHRONOUS" }],
  ["dirsync", { set: "MS_DIRSYNC" }],
  ["lazytime", { set: "MS_LAZYTIME" }],
  ["nolazytime", { clear: "MS_LAZYTIME" }],
  ["mand", { set: "MS_MANDLOCK" }],
  ["nomand", { clear: "MS_MANDLOCK" }],
  ["iversion", { set: "MS_I_VERSION" }],
]);

/** The longest value that fsconfig(2) takes, with its NUL. */
const valueMax = 256;

/** Tells whether a parameter is one that only mount(2) can be given: a long value, or a flag that file systems do not know. */
export function needsMount2(parameter: Parameter): boolean {
  if ("flag" in parameter) return parameter.flag === "iversion";
  return new TextEncoder().encode(parameter.value).length + 1 > valueMax;
}

/** Returns the flags that mount(2) takes for attributes and parameters; the last of contradicting ones wins. */
export function mountFlags(
  attributes: readonly ConstantName[],
  parameters: readonly Parameter[],
): ConstantName[] {
  const flags = new Set(attributes.flatMap((name) => attributeFlags[name] ?? []));
  for (const parameter of parameters) {
    const change = "flag" in parameter ? superblockFlags.get(parameter.flag) : undefined;
    if (change?.set !== undefined) flags.add(change.set);
    if (change?.clear !== undefined) flags.delete(change.clear);
  }
  return [...flags];
}

/** Returns the data of mount(2): the parameters that are not among its flags. */
export function mountData(parameters: readonly Parameter[]): string {
  return parameters
    .filter((each) => "key" in each || !superblockFlags.has(each.flag))
    .map((each) => ("key" in each ? `${each.key}=${each.value}` : each.flag))
    .join(",");
}
