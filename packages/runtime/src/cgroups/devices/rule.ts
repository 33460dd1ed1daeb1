import { ContainerError, type LinuxDeviceCgroup } from "@ctr/spec";

/** What may be done with a device: bits as in `BPF_DEVCG_ACC_*`. */
export const access: { readonly mknod: 1; readonly read: 2; readonly write: 4; readonly all: 7 } = {
  mknod: 1,
  read: 2,
  write: 4,
  all: 7,
};

/** A device rule with everything spelled out. */
export interface DeviceRule {
  readonly allow: boolean;
  /** Block, character, or all devices with every access, whatever the other fields say. */
  readonly type: "a" | "b" | "c";
  /** Major number; -1 is any. */
  readonly major: number;
  /** Minor number; -1 is any. */
  readonly minor: number;
  /** Bits of {@linkcode access}. */
  readonly access: number;
}

/** mknod(2) of any device: what cannot be opened may be there. */
const mknodRules: readonly DeviceRule[] = [
  { allow: true, type: "c", major: -1, minor: -1, access: access.mknod },
  { allow: true, type: "b", major: -1, minor: -1, access: access.mknod },
];

/**
 * Devices that every container may use, whatever its configuration says: those that the specification puts into `/dev`,
 * pseudo-terminals, and `/dev/net/tun` as Docker always had it.
 *
 * @see config-linux.md, "Default Devices"; the same list as in runc
 */
const defaultDeviceRules: readonly DeviceRule[] = [
  allowCharacter(1, 3), // null
  allowCharacter(1, 8), // random
  allowCharacter(1, 7), // full
  allowCharacter(5, 0), // tty
  allowCharacter(1, 5), // zero
  allowCharacter(1, 9), // urandom
  allowCharacter(136, -1), // pts
  allowCharacter(5, 2), // ptmx
  allowCharacter(10, 200), // net/tun
];

function allowCharacter(major: number, minor: number): DeviceRule {
  return { allow: true, type: "c", major, minor, access: access.all };
}

/**
 * Returns the rules of a container: none is allowed but what the configuration's rules, in their order, and then the
 * default ones allow. What is denied among devices that are all allowed cannot be made, either: as with runc.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG for a rule that says nothing
 */
export function deviceRules(configured: readonly LinuxDeviceCgroup[]): DeviceRule[] {
  const rules = configured.map(readRule);
  const allowsAll = rules.findLast(({ type }) => type === "a")?.allow === true;
  return [...rules, ...(allowsAll ? [] : mknodRules), ...defaultDeviceRules];
}

function readRule(rule: LinuxDeviceCgroup, index: number): DeviceRule {
  const { allow, type = "a", major = -1, minor = -1 } = rule;
  const refuse = (why: string, field: string): never => {
    throw new ContainerError(
      `Cannot use the device rule linux.resources.devices[${index}]: ${why}`,
      {
        code: "ERR_INVALID_CONFIG",
        kind: "invalid",
        pointer: `/linux/resources/devices/${index}/${field}`,
      },
    );
  };
  if (type !== "a" && type !== "b" && type !== "c") return refuse(`unknown type "${type}"`, "type");
  if (!/^[rwm]+$/.test(rule.access ?? "")) {
    return refuse('"access" needs at least one of the letters r, w and m, and no others', "access");
  }
  if (!isNumber(major)) return refuse(`no device has the major number ${major}`, "major");
  if (!isNumber(minor)) return refuse(`no device has the minor number ${minor}`, "minor");
  return { allow, type, major, minor, access: accessBits(rule.access ?? "") };
}

function isNumber(value: number): boolean {
  return value >= -1 && value <= 0xffff_ffff;
}

/** Reads `rwm`. */
export function accessBits(text: string): number {
  return (
    (text.includes("r") ? access.read : 0) |
    (text.includes("w") ? access.write : 0) |
    (text.includes("m") ? access.mknod : 0)
  );
}

/** Writes a rule as devices.allow and devices.deny take it: `c 1:3 rwm`. */
export function formatRule(rule: Omit<DeviceRule, "allow">): string {
  const number = (value: number): string => (value === -1 ? "*" : String(value));
  const letters =
    (rule.access & access.read ? "r" : "") +
    (rule.access & access.write ? "w" : "") +
    (rule.access & access.mknod ? "m" : "");
  return `${rule.type} ${number(rule.major)}:${number(rule.minor)} ${letters}`;
}
