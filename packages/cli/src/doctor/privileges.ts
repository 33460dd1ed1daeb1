import { type Finding, ok } from "./finding.ts";
import type { Host } from "./host.ts";

/** Capabilities that creating containers as root needs, and what for: capabilities(7). */
const capabilities: readonly (readonly [name: string, bit: number, use: string])[] = [
  ["CAP_CHOWN", 0, "giving files to the container's user"],
  ["CAP_KILL", 5, "signals to other users' processes"],
  ["CAP_SETGID", 6, "process.user"],
  ["CAP_SETUID", 7, "process.user"],
  ["CAP_SYS_ADMIN", 21, "namespaces and mounts"],
  ["CAP_SYS_RESOURCE", 24, "raising limits of process.rlimits"],
  ["CAP_MKNOD", 27, "linux.devices"],
];

/** Looks at what we may do: as root the capabilities, else what it takes to do without. */
export function checkPrivileges(host: Host): Finding[] {
  return host.uid === 0
    ? [rootCapabilities(host), userNamespaces(host)]
    : [userNamespaces(host), idMapping(host), runtimeDirectory(host)];
}

function rootCapabilities(host: Host): Finding {
  const status = host.readText("/proc/self/status") ?? "";
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const missing = capabilities.filter(([, bit]) => (mask & (1n << BigInt(bit))) === 0n);
  if (missing.length === 0) return ok("Privileges", "root");
  return {
    name: "Privileges",
    level: missing.some(([name]) => name === "CAP_SYS_ADMIN") ? "error" : "warning",
    found: `root without ${missing.map(([name]) => name).join(", ")}`,
    hint: `Not possible without: ${[...new Set(missing.map(([, , use]) => use))].join(", ")}`,
  };
}

function userNamespaces(host: Host): Finding {
  const name = "User namespaces";
  const level = host.uid === 0 ? "warning" : "error";
  const max = host.readText("/proc/sys/user/max_user_namespaces")?.trim();
  if (max === undefined || max === "0") {
    return {
      name,
      level,
      found: max === undefined ? "not there" : "none allowed",
      hint: "sysctl user.max_user_namespaces=15000",
    };
  }
  if (host.uid === 0) return ok(name, `up to ${max}`);
  if (host.readText("/proc/sys/kernel/unprivileged_userns_clone")?.trim() === "0") {
    return {
      name,
      level,
      found: "root only",
      hint: "sysctl kernel.unprivileged_userns_clone=1",
    };
  }
  if (host.readText("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")?.trim() === "1") {
    return {
      name,
      level,
      found: "restricted by AppArmor",
      hint: "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give ctr a profile with userns",
    };
  }
  return ok(name, `up to ${max}`);
}

function idMapping(host: Host): Finding {
  const name = "User and group ids";
  const tools = ["newuidmap", "newgidmap"].filter((tool) => host.which(tool) === undefined);
  if (tools.length > 0) {
    return {
      name,
      level: "warning",
      found: `no ${tools.join(", ")}`,
      hint: "Containers have one user only: install uidmap (Debian) or shadow-utils",
    };
  }
  const user = host.environment["USER"] ?? String(host.uid);
  const own = new RegExp(`^(${RegExp.escape(user)}|${host.uid}):`, "m");
  const missing = ["/etc/subuid", "/etc/subgid"].filter(
    (path) => !own.test(host.readText(path) ?? ""),
  );
  return missing.length === 0
    ? ok(name, "newuidmap, newgidmap, /etc/subuid, /etc/subgid")
    : {
        name,
        level: "warning",
        found: `no range for ${user} in ${missing.join(", ")}`,
        hint: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`,
      };
}

function runtimeDirectory(host: Host): Finding {
  const directory = host.environment["XDG_RUNTIME_DIR"] ?? "";
  return directory.startsWith("/") && host.isWritable(directory)
    ? ok("Runtime directory", directory)
    : {
        name: "Runtime directory",
        level: "error",
        found: directory === "" ? "XDG_RUNTIME_DIR is not set" : `${directory} is not writable`,
        hint: "Set XDG_RUNTIME_DIR to a directory of your own with mode 0700, on a tmpfs",
      };
}
