import { type Finding, ok } from "./finding.ts";
import type { Host } from "./host.ts";

const root = "/sys/fs/cgroup";
/** statfs(2): CGROUP2_SUPER_MAGIC. */
const cgroup2Magic = 0x63677270;
const wanted = ["cpu", "cpuset", "memory", "pids", "devices"] as const;

/** Looks at control groups: which layout, and which limits can be set. */
export function checkCgroups(host: Host): Finding[] {
  if (!host.exists(root)) {
    return [
      {
        name: "Cgroups",
        level: "error",
        found: `no ${root}`,
        hint: `Mount it: mount -t cgroup2 cgroup2 ${root}`,
      },
    ];
  }
  const isPure = host.fileSystemType(root) === cgroup2Magic;
  return isPure ? version2(host) : version1(host);
}

function version2(host: Host): Finding[] {
  const own = ownCgroup(host);
  const readable = host.uid === 0 ? root : `${root}${own}`;
  const controllers = words(host.readText(`${readable}/cgroup.controllers`));
  // Devices are a program that is attached, not a controller.
  const missing = wanted.filter((name) => name !== "devices" && !controllers.includes(name));
  const findings: Finding[] = [
    missing.length === 0
      ? ok("Cgroups", `version 2: ${controllers.join(" ")}`)
      : {
          name: "Cgroups",
          level: "warning",
          found: `version 2 without ${missing.join(", ")}`,
          hint:
            host.uid === 0
              ? "Limits of these cannot be set: turn them on at the kernel's command line"
              : "Limits of these cannot be set: have systemd delegate them (Delegate=yes of user@.service)",
        },
  ];
  if (host.uid !== 0 && !host.isWritable(`${readable}/cgroup.procs`)) {
    findings.push({
      name: "Cgroup delegation",
      level: "warning",
      found: `${readable} is not ours`,
      hint: "Containers run without limits: log in through systemd, or have a cgroup delegated",
    });
  }
  return findings;
}

function version1(host: Host): Finding[] {
  const mounted = host.list(root).filter((name) => host.exists(`${root}/${name}/cgroup.procs`));
  const hybrid = host.fileSystemType(`${root}/unified`) === cgroup2Magic;
  const hierarchies = mounted.flatMap((name) => name.split(","));
  const missing = wanted.filter((name) => !hierarchies.includes(name));
  const layout = hybrid ? "version 1 with a version 2 hierarchy" : "version 1";
  if (mounted.length === 0) {
    return [
      {
        name: "Cgroups",
        level: "error",
        found: `nothing is mounted below ${root}`,
        hint: `Mount it: mount -t cgroup2 cgroup2 ${root}`,
      },
    ];
  }
  return [
    missing.length === 0
      ? ok("Cgroups", `${layout}: ${wanted.join(" ")}`)
      : {
          name: "Cgroups",
          level: "warning",
          found: `${layout}, without ${missing.join(", ")}`,
          hint: "Limits of these cannot be set: mount their hierarchies, or use version 2",
        },
  ];
}

/** Path of our own cgroup of version 2, from the root of its hierarchy. */
function ownCgroup(host: Host): string {
  const line = host
    .readText("/proc/self/cgroup")
    ?.split("\n")
    .find((text) => text.startsWith("0::"));
  return line?.slice("0::".length).trim() ?? "";
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}
