/**
 * What most configurations are: a glance at each section that tells when none of its rules has anything to say.
 *
 * Validation is on the path of every container's start, where each function that runs for the first time costs more than
 * what it does. These few stand for the many rules: one that returns `true` must be right, one that returns `false` only
 * means that the rules look themselves. A property test compares them.
 *
 * All are for Linux and runtimes of unknown features.
 *
 * @module
 */

import { type Capabilities, capabilityNames, capabilitySets } from "../config/capabilities.ts";
import type { Config } from "../config/config.ts";
import type { Linux } from "../config/linux/linux.ts";
import type { LinuxDeviceCgroup } from "../config/linux/resources/device-cgroup.ts";
import type { Mount } from "../config/mount.ts";
import { type Rlimit, rlimitTypes } from "../config/rlimit.ts";
import { hasNoZeroByte } from "./rules/document.ts";

/** A glance at a section of a configuration. */
export type Glance = (config: Config) => boolean;

const publishedVersions: readonly string[] = [
  "1.0.0",
  "1.0.1",
  "1.0.2",
  "1.1.0",
  "1.2.0",
  "1.2.1",
  "1.3.0",
];

/** The version, the root, texts and paths wherever they are, and the sections of the platforms. */
export function isPlainDocument(config: Config): boolean {
  const { root, process, linux = {} } = config;
  const isOfLinux =
    (config.windows ??
      config.solaris ??
      config.freebsd ??
      config.zos ??
      config.vm ??
      process?.commandLine ??
      process?.user?.username) === undefined;
  return (
    isOfLinux &&
    publishedVersions.includes(config.ociVersion) &&
    root !== undefined &&
    root.path !== "" &&
    isPlainPath(process?.cwd ?? "/") &&
    isPlainLinux(linux) &&
    hasNoZeroByte(config)
  );
}

function isPlainLinux(linux: Linux): boolean {
  const { resources } = linux;
  const isUsual =
    (linux.devices ??
      linux.netDevices ??
      linux.cgroupsPath ??
      linux.sysctl ??
      linux.personality ??
      linux.intelRdt ??
      linux.memoryPolicy ??
      linux.seccomp ??
      resources?.memory ??
      resources?.cpu ??
      resources?.blockIO ??
      resources?.hugepageLimits ??
      resources?.pids ??
      resources?.rdma ??
      resources?.unified) === undefined;
  return (
    isUsual &&
    arePlainPaths(linux.maskedPaths) &&
    arePlainPaths(linux.readonlyPaths) &&
    arePlainDeviceRules(resources?.devices)
  );
}

function arePlainDeviceRules(rules: readonly LinuxDeviceCgroup[] = []): boolean {
  for (const { type = "", access = "", major = 0, minor = 0 } of rules) {
    const isKnown = type === "" || type === "a" || type === "b" || type === "c";
    const isUsual =
      access === "rwm" || access === "rw" || access === "r" || access === "w" || access === "m";
    if (!(isKnown && isUsual) || Math.min(major, minor) < -1 || Math.max(major, minor) >= 2 ** 32) {
      return false;
    }
  }
  return true;
}

function arePlainPaths(paths: readonly string[] = []): boolean {
  for (const path of paths) {
    if (!isPlainPath(path)) {
      return false;
    }
  }
  return true;
}

/** Whether a path is absolute and has no part that begins with a dot. */
function isPlainPath(path: string): boolean {
  return (
    path.startsWith("/") && !(path.includes("/.") || path.includes("//") || path.includes("\\"))
  );
}

/** Namespaces, what is in them, and the mapping of ids. */
export function arePlainMountsAndNamespaces(config: Config): boolean {
  for (const mount of config.mounts ?? []) {
    if (!(isPlainPath(mount.destination) && isPlainMount(mount))) {
      return false;
    }
  }
  return arePlainNamespaces(config);
}

/** Whether the options are such that no two of them can contradict each other. */
function isPlainMount({ type, source, options, uidMappings, gidMappings }: Mount): boolean {
  let [binds, propagations, times, others] = [0, 0, 0, 0];
  for (const option of options ?? []) {
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
  const isEnough =
    binds === 0 ? (type ?? "") !== "" : binds === 1 && others === 0 && (source ?? "") !== "";
  return isEnough && propagations <= 1 && times <= 1 && (uidMappings ?? gidMappings) === undefined;
}

/** The process, annotations and hooks. */
export function isPlainProcess({ process, annotations, hooks }: Config): boolean {
  if (process === undefined || (annotations ?? hooks) !== undefined) {
    return false;
  }
  const { args = [], consoleSize, cwd, env = [], terminal, user } = process;
  const isUsual = (process.oomScoreAdj ?? process.execCPUAffinity ?? user?.umask) === undefined;
  return (
    isUsual &&
    // The one above stands for "no change"; groups besides are few, and not looked at here.
    Math.max(user?.uid ?? 0, user?.gid ?? 0) < 2 ** 32 - 1 &&
    user?.additionalGids === undefined &&
    cwd.startsWith("/") &&
    (args[0] ?? "") !== "" &&
    (consoleSize === undefined || terminal === true) &&
    isPlainEnvironment(env)
  );
}

function isPlainEnvironment(env: readonly string[]): boolean {
  const names: string[] = [];
  for (const entry of env) {
    const name = entry.slice(0, Math.max(entry.indexOf("="), 0));
    if (name === "" || names.includes(name)) {
      return false;
    }
    names.push(name);
  }
  return true;
}

/** Capabilities, limits and priorities of the process. */
export function arePlainLimits({ process }: Config): boolean {
  const { capabilities, rlimits, ioPriority, scheduler } = process ?? {};
  return (
    (ioPriority ?? scheduler) === undefined &&
    arePlainCapabilities(capabilities) &&
    arePlainRlimits(rlimits)
  );
}

function arePlainCapabilities(sets: Capabilities = {}): boolean {
  const known: readonly string[] = capabilityNames;
  const { permitted = [], inheritable = [], ambient = [] } = sets;
  if (inheritable.length > 0 || ambient.length > 0) {
    return false;
  }
  for (const set of capabilitySets) {
    const outer = set === "effective" ? permitted : known;
    for (const name of sets[set] ?? []) {
      if (!(known.includes(name) && outer.includes(name))) {
        return false;
      }
    }
  }
  return true;
}

function arePlainRlimits(limits: readonly Rlimit[] = []): boolean {
  const known: readonly string[] = rlimitTypes;
  const types: string[] = [];
  for (const { type, soft, hard } of limits) {
    if (!known.includes(type) || types.includes(type) || soft > hard) {
      return false;
    }
    types.push(type);
  }
  return true;
}

function arePlainNamespaces({ hostname = "", domainname = "", linux }: Config): boolean {
  const types: string[] = [];
  for (const { type, path = "/" } of linux?.namespaces ?? []) {
    if (types.includes(type) || !path.startsWith("/") || type === "user") {
      return false;
    }
    types.push(type);
  }
  return (
    (hostname + domainname === "" || types.includes("uts")) &&
    // A UTF-16 unit has at most three bytes.
    (hostname.length > domainname.length ? hostname : domainname).length * 3 <= 64 &&
    (linux?.timeOffsets ?? linux?.uidMappings ?? linux?.gidMappings) === undefined
  );
}
