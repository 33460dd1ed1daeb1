/**
 * What most configurations are: plain. One look at a value tells that it is a configuration of which no rule has
 * anything to say.
 *
 * Validation is on the path of every container's start, where what runs for the first time costs more than what it does:
 * each function, each builtin and each place that reads a field. So these few functions stand for the quick check of the
 * schema and for the many rules, and need nothing of them. One that returns `true` must be right, one that returns `false`
 * only means that schema and rules look themselves. A property test compares them.
 *
 * All are for Linux and runtimes of unknown features.
 *
 * @module
 */

import { capabilityNames } from "../config/capabilities.ts";
import type { Config } from "../config/config.ts";
import { rlimitTypes } from "../config/rlimit.ts";
import { isInteger } from "../fits.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Some fields of a part, of whatever type. */
type Some<Names extends string> = Readonly<Partial<Record<Names, unknown>>>;

/** Whether a value is a configuration without unknown fields of which no rule has anything to say. */
export function isPlainConfig(value: unknown): value is Config {
  if (
    !hasOnly(value, "ociVersion", "process", "root", "hostname", "domainname", "mounts", "linux")
  ) {
    return false;
  }
  const { ociVersion, process, root, mounts = [], linux = {} } = value;
  return (
    isPublishedVersion(ociVersion) &&
    isPlainRoot(root) &&
    isPlainProcess(process) &&
    arePlainLimits(process) &&
    areAll(mounts, isPlainMount) &&
    hasOnly(linux, "resources", "namespaces", "maskedPaths", "readonlyPaths") &&
    isPlainLinux(linux) &&
    arePlainNamespaces(linux["namespaces"], value)
  );
}

/** Whether a value is an object that has no fields but these; a list of their names would have to be made first. */
function hasOnly(
  value: unknown,
  a: string,
  b?: string,
  c?: string,
  d?: string,
  e?: string,
  f?: string,
  g?: string,
  h?: string,
): value is Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return false;
  }
  for (const key in value) {
    const isKnown =
      key === a ||
      key === b ||
      key === c ||
      key === d ||
      key === e ||
      key === f ||
      key === g ||
      key === h;
    if (!isKnown) {
      return false;
    }
  }
  return true;
}

/** Whether a value is a list with entries of one kind. */
export function areAll<T>(
  value: unknown,
  isItem: (item: unknown) => item is T,
): value is readonly T[] {
  if (!Array.isArray(value)) {
    return false;
  }
  for (const item of value) {
    if (!isItem(item)) {
      return false;
    }
  }
  return true;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

/** Whether a path is absolute and has no part that begins with a dot. */
export function isPlainPath(value: unknown): value is string {
  return (
    isText(value) &&
    value.startsWith("/") &&
    !(value.includes("/.") || value.includes("//") || value.includes("\\"))
  );
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === "boolean";
}

/** Whether a value is the id of a user or group; the number above the greatest stands for "no change". */
function isId(value: unknown): boolean {
  return value === undefined || isInteger(value, 0, 2 ** 32 - 2);
}

/** Whether a version is a published one; there are few, and none has a fourth part. */
export function isPublishedVersion(value: unknown): boolean {
  return (
    value === "1.3.0" ||
    value === "1.2.1" ||
    value === "1.2.0" ||
    value === "1.1.0" ||
    value === "1.0.2" ||
    value === "1.0.1" ||
    value === "1.0.0"
  );
}

export function isPlainRoot(value: unknown): boolean {
  return (
    hasOnly(value, "path", "readonly") &&
    isText(value["path"]) &&
    value["path"] !== "" &&
    isFlag(value["readonly"])
  );
}

/** The process, but for what {@linkcode arePlainLimits} looks at. */
export function isPlainProcess(value: unknown): value is Fields {
  if (
    !hasOnly(
      value,
      "terminal",
      "user",
      "args",
      "env",
      "cwd",
      "capabilities",
      "rlimits",
      "noNewPrivileges",
    )
  ) {
    return false;
  }
  const { args, env = [], user = {} } = value;
  return (
    isFlag(value["terminal"]) &&
    isFlag(value["noNewPrivileges"]) &&
    isPlainPath(value["cwd"]) &&
    hasOnly(user, "uid", "gid") &&
    isId(user["uid"]) &&
    isId(user["gid"]) &&
    areAll(args, isText) &&
    (args[0] ?? "") !== "" &&
    isPlainEnvironment(env)
  );
}

function isPlainEnvironment(value: unknown): boolean {
  if (!areAll(value, isText)) {
    return false;
  }
  const names: string[] = [];
  for (const entry of value) {
    const end = entry.indexOf("=");
    const name = entry.slice(0, end);
    if (end < 1 || names.includes(name)) {
      return false;
    }
    names.push(name);
  }
  return true;
}

/** Capabilities and limits of a process. */
export function arePlainLimits({
  capabilities = {},
  rlimits = [],
}: Some<"capabilities" | "rlimits">): boolean {
  if (!hasOnly(capabilities, "bounding", "permitted", "effective")) {
    return false;
  }
  const { bounding = [], permitted = [], effective = [] } = capabilities;
  return (
    areWithin(bounding, capabilityNames) &&
    areWithin(permitted, capabilityNames) &&
    areWithin(effective, permitted) &&
    areAll(rlimits, isPlainRlimit) &&
    differInType(rlimits)
  );
}

function areWithin(names: unknown, outer: unknown): boolean {
  if (!(Array.isArray(names) && Array.isArray(outer))) {
    return false;
  }
  for (const name of names) {
    if (!outer.includes(name)) {
      return false;
    }
  }
  return true;
}

function isPlainRlimit(value: unknown): value is Fields {
  if (!hasOnly(value, "type", "hard", "soft")) {
    return false;
  }
  const { type, hard, soft } = value;
  const known: readonly unknown[] = rlimitTypes;
  return (
    known.includes(type) &&
    typeof hard === "number" &&
    isInteger(hard, 0, 2 ** 64) &&
    isInteger(soft, 0, hard)
  );
}

function differInType(list: readonly Fields[]): boolean {
  for (let index = 1; index < list.length; index++) {
    for (let earlier = 0; earlier < index; earlier++) {
      if (list[earlier]?.["type"] === list[index]?.["type"]) {
        return false;
      }
    }
  }
  return true;
}

export function isPlainMount(value: unknown): value is Fields {
  if (!hasOnly(value, "destination", "type", "source", "options")) {
    return false;
  }
  const { type = "", source = "", options = [] } = value;
  return (
    isPlainPath(value["destination"]) &&
    isText(type) &&
    isText(source) &&
    areAll(options, isText) &&
    arePlainOptions(options, type, source)
  );
}

/** Whether the options of a mount are such that no two of them can contradict each other. */
function arePlainOptions(options: readonly string[], type: string, source: string): boolean {
  let binds = 0;
  let propagations = 0;
  let times = 0;
  let others = 0;
  for (const option of options) {
    switch (option) {
      case "ro":
      case "nosuid":
      case "nodev":
      case "noexec":
        break;
      case "bind":
      case "rbind":
        binds += 1;
        break;
      case "private":
      case "rprivate":
      case "slave":
      case "rslave":
      case "shared":
      case "rshared":
        propagations += 1;
        break;
      case "relatime":
      case "noatime":
      case "strictatime":
        times += 1;
        break;
      default:
        others += 1;
        if (!(option === "newinstance" || option.includes("="))) {
          return false;
        }
    }
  }
  const isEnough = binds === 0 ? type !== "" : binds === 1 && others === 0 && source !== "";
  return isEnough && propagations <= 1 && times <= 1;
}

/** Paths and device rules of the part for Linux. */
export function isPlainLinux({
  maskedPaths = [],
  readonlyPaths = [],
  resources = {},
}: Some<"maskedPaths" | "readonlyPaths" | "resources">): boolean {
  return (
    areAll(maskedPaths, isPlainPath) &&
    areAll(readonlyPaths, isPlainPath) &&
    hasOnly(resources, "devices") &&
    (resources["devices"] === undefined || areAll(resources["devices"], isPlainDeviceRule))
  );
}

function isPlainDeviceRule(value: unknown): value is Fields {
  if (!hasOnly(value, "allow", "type", "major", "minor", "access")) {
    return false;
  }
  const { type = "", major = 0, minor = 0, access } = value;
  return (
    typeof value["allow"] === "boolean" &&
    (type === "" || type === "a" || type === "b" || type === "c") &&
    isInteger(major, -1, 2 ** 32 - 1) &&
    isInteger(minor, -1, 2 ** 32 - 1) &&
    (access === "rwm" || access === "rw" || access === "r" || access === "w" || access === "m")
  );
}

/** Namespaces, and the names that a uts namespace keeps from the host. */
export function arePlainNamespaces(
  value: unknown = [],
  { hostname = "", domainname = "" }: Some<"hostname" | "domainname">,
): boolean {
  if (!(areAll(value, isPlainNamespace) && isText(hostname) && isText(domainname))) {
    return false;
  }
  let hasUts = false;
  for (const { type } of value) {
    hasUts ||= type === "uts";
  }
  return (
    differInType(value) &&
    (hasUts || hostname + domainname === "") &&
    // A UTF-16 unit has at most three bytes.
    hostname.length * 3 <= 64 &&
    domainname.length * 3 <= 64
  );
}

function isPlainNamespace(value: unknown): value is Fields {
  if (!hasOnly(value, "type", "path")) {
    return false;
  }
  const { type, path = "/" } = value;
  return (
    isPlainPath(path) &&
    (type === "mount" ||
      type === "pid" ||
      type === "network" ||
      type === "ipc" ||
      type === "uts" ||
      type === "cgroup" ||
      type === "time")
  );
}
