/**
 * Mounts, namespaces, devices, limits and filters drawn at random, for {@link ./differential-random.ts}.
 *
 * @module
 */

import type {
  Config,
  LinuxDevice,
  LinuxDeviceCgroup,
  LinuxIdMapping,
  LinuxResources,
  LinuxSyscall,
  Mount,
} from "@ctr/spec";
import { bundlePlace } from "./differential-bundle.ts";
import type { Draw } from "./random-numbers.ts";
import { type Change, withLinux } from "./test-bundle.ts";

/** Destinations of which some lie in others, one is a link, one is missing and one is a file's. */
const directories = ["/mnt", "/mnt/a", "/data", "/home", "/tmp", "/link", "/made/here", "data/b"];
const attributes = [
  ...["nosuid", "nodev", "noexec", "ro", "nodiratime", "sync", "nosymfollow", "lazytime"],
  ...["suid", "dev", "exec", "rw"],
];
/** One of them: of several, the last wins with us as with mount(8), and with runc the one that mount(2) puts first. */
const accessTimes = [
  ...["noatime", "relatime", "strictatime"],
  ...["atime", "norelatime", "nostrictatime", "diratime"],
];
const recursiveAttributes = ["rro", "rnosuid", "rnodev", "rnoexec", "rnoatime", "rnodiratime"];
const propagations = ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable"];
/** Without a mode, which runc 1.1 overrides by that of the mount point: a named case shows it. */
const tmpfsData = ["size=64k", "size=1m", "nr_inodes=100", "uid=1000", "gid=5"];
const hostIds = 100_000;

function drawMount(draw: Draw): Mount {
  const destination = draw.pick(directories);
  const common = [
    ...draw.some(attributes, 0.15),
    ...(draw.chance(0.2) ? [draw.pick(accessTimes)] : []),
    ...draw.some(propagations, 0.05),
  ];
  switch (
    draw.pick(["bind", "bind", "tmpfs", "tmpfs", "file", "mqueue", "proc", "sysfs", "devpts"])
  ) {
    case "bind": {
      const options = [draw.pick(["bind", "rbind"]), ...common];
      if (draw.chance(0.3)) options.push(...draw.some(recursiveAttributes, 0.3));
      const source = draw.pick([`${bundlePlace}/source`, `${bundlePlace}/source/directory`]);
      return { destination, type: draw.pick(["bind", "none"]), source, options };
    }
    case "file": {
      const file = draw.pick(["/etc/hosts", "/etc/motd", "/made/file"]);
      return {
        destination: file,
        type: "bind",
        source: `${bundlePlace}/source/file`,
        options: ["bind", ...common],
      };
    }
    case "mqueue":
      return { destination, type: "mqueue", source: "mqueue", options: common };
    case "proc":
      return { destination, type: "proc", source: "proc", options: common };
    case "sysfs":
      return { destination, type: "sysfs", source: "sysfs", options: common };
    case "devpts":
      return {
        destination,
        type: "devpts",
        source: "devpts",
        options: [...common, "newinstance", "ptmxmode=0666", "mode=0620"],
      };
    default: {
      const options = [...common, ...draw.some(tmpfsData, 0.2)];
      if (draw.chance(0.1)) options.push("tmpcopyup");
      return { destination, type: "tmpfs", source: draw.pick(["tmpfs", "none"]), options };
    }
  }
}

/** Mounts of all kinds, some in others. */
export function drawMounts(draw: Draw): Change {
  const drawn = Array.from({ length: draw.integer(1, 4) }, () => drawMount(draw));
  // One at a place: of two, runc makes the upper one read-only when the lower one, a tmpfs, is to be.
  const mounts = [...new Map(drawn.map((mount) => [mount.destination, mount])).values()];
  return (config) => ({ ...config, mounts: [...(config.mounts ?? []), ...mounts] });
}

/** A filter for calls that the probe makes. */
export function drawSeccomp(draw: Draw): Change {
  // None that runc makes between the filter and the program, without noNewPrivileges: getcwd, fchown.
  const calls = [
    ...["mkdir", "mkdirat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "mknod"],
    ...["mknodat", "chown", "lchown", "fchownat", "utimensat", "sethostname", "unshare"],
    ...["uname", "sendfile", "statx", "no_such_call"],
  ];
  const syscalls: LinuxSyscall[] = Array.from({ length: draw.integer(1, 4) }, () => {
    const names = draw.some(calls, 0.15);
    const action = draw.pick([
      ...(["SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG"] as const),
      ...(["SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"] as const),
    ]);
    const errno = action === "SCMP_ACT_ERRNO" && draw.chance(0.6);
    return {
      names: names.length === 0 ? ["sethostname"] : names,
      action,
      ...(errno ? { errnoRet: draw.pick([1, 2, 13, 22, 38, 95]) } : {}),
    };
  });
  // Two rules of one call: nobody says which wins.
  const seen = new Set<string>();
  const unique = syscalls.flatMap((rule) => {
    const names = rule.names.filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    return names.length === 0 ? [] : [{ ...rule, names }];
  });
  const architectures = draw.pick([
    ["SCMP_ARCH_X86_64"] as const,
    ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] as const,
  ]);
  return (config) =>
    withLinux(config, {
      seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures, syscalls: unique },
    });
}

/** Device nodes. */
export function drawDevices(draw: Draw): Change {
  const known = [
    { path: "/dev/fuse", type: "c", major: 10, minor: 229 },
    { path: "/dev/a/b", type: "c", major: 1, minor: 3 },
    { path: "/data/loop", type: "b", major: 7, minor: 0 },
    { path: "/dev/fifo", type: "p" },
    { path: "/dev/mine", type: "u", major: 1, minor: 8 },
  ] as const;
  const devices: LinuxDevice[] = draw.some(known, 0.5).map((device) => ({
    ...device,
    ...(draw.chance(0.7) ? { fileMode: draw.pick([0o600, 0o640, 0o666, 0o777]) } : {}),
    ...(draw.chance(0.5) ? { uid: draw.pick([0, 1000]), gid: draw.pick([0, 5]) } : {}),
  }));
  // In a user namespace runc binds the host's nodes, whatever owner and mode are asked for; we make those, and they show it.
  return (config) =>
    config.linux?.namespaces?.some(({ type }) => type === "user")
      ? config
      : withLinux(config, { devices });
}

/**
 * Draws rules of which none denies more than one that came before it has allowed: the devices controller of version 1
 * ignores those, and so does runc, while we apply the list in its order (config-linux.md, "Allowed Device list").
 */
export function drawDeviceRules(draw: Draw): Change {
  const rules: LinuxDeviceCgroup[] = [{ allow: false, access: "rwm" }];
  for (let count = draw.integer(0, 4); count > 0; count--) {
    const [type, major, minor] = draw.pick([
      ["c", 1, 8] as const,
      ["c", 10, 229] as const,
      ["b", 7, 0] as const,
      ["c", 10, undefined] as const,
      ["b", undefined, undefined] as const,
    ]);
    rules.push({
      allow: minor === undefined || draw.chance(0.7),
      type,
      ...(major === undefined ? {} : { major }),
      ...(minor === undefined ? {} : { minor }),
      access: draw.pick(["r", "w", "rw", "rwm", "m"]),
    });
  }
  return (config) => withResources(config, { devices: rules });
}

/** Changes some limits. */
export function withResources(config: Config, resources: LinuxResources): Config {
  return withLinux(config, { resources: { ...config.linux?.resources, ...resources } });
}

/** Limits of memory that leave room for the probe. */
export function drawMemory(draw: Draw): Change {
  const limit = draw.pick([33_554_432, 67_108_864, 134_217_728]);
  const memory = {
    limit,
    ...(draw.chance(0.4) ? { reservation: limit / 2 } : {}),
    ...(draw.chance(0.4) ? { swap: draw.pick([limit, limit * 2, -1]) } : {}),
    ...(draw.chance(0.2) ? { disableOOMKiller: draw.chance(0.5) } : {}),
  };
  return (config) => withResources(config, { memory });
}

/** Limits of processor time. */
export function drawCpu(draw: Draw): Change {
  const cpu = {
    ...(draw.chance(0.5) ? { shares: draw.pick([2, 128, 512, 1024, 4096, 262_144]) } : {}),
    ...(draw.chance(0.5) ? { period: draw.pick([10_000, 50_000, 100_000]) } : {}),
    ...(draw.chance(0.5) ? { quota: draw.pick([50_000, 100_000, 200_000, -1]) } : {}),
    ...(draw.chance(0.3) ? { cpus: draw.pick(["0", "0-1", "1"]) } : {}),
    ...(draw.chance(0.2) ? { mems: "0" } : {}),
  };
  return (config) => withResources(config, { cpu });
}

/** Leaves out namespaces, with the fields that need them. */
export function drawNamespaces(draw: Draw): Change {
  const without = draw.some(["network", "ipc", "uts", "pid"], 0.25);
  const hasCgroup = draw.chance(0.4);
  return (config) => {
    const kept = (config.linux?.namespaces ?? []).filter(({ type }) => !without.includes(type));
    const others = hasCgroup ? kept.filter(({ type }) => type !== "cgroup") : kept;
    const changed = withLinux(config, {
      namespaces: hasCgroup ? [...others, { type: "cgroup" }] : others,
    });
    if (!without.includes("uts")) return changed;
    const { hostname: _, ...nameless } = changed;
    return nameless;
  };
}

/** A user namespace with mappings. */
export function drawUserNamespace(draw: Draw): Change {
  const mappings: readonly LinuxIdMapping[] = draw.pick([
    [{ containerID: 0, hostID: hostIds, size: 65_536 }],
    [
      { containerID: 0, hostID: hostIds, size: 1000 },
      { containerID: 1000, hostID: hostIds + 5000, size: 1000 },
    ],
    [{ containerID: 0, hostID: 0, size: 100_000 }],
  ]);
  return (config) =>
    withLinux(config, {
      namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
      uidMappings: mappings,
      gidMappings: mappings,
    });
}
