import { type Finding, ok } from "./finding.ts";
import type { Host } from "./host.ts";

/** Programs that something asks for, and what. */
const optional = [
  ["criu", "checkpoint and restore", "Install criu"],
  ["newuidmap", "several users in rootless containers", "Install uidmap (Debian) or shadow-utils"],
  ["newgidmap", "several groups in rootless containers", "Install uidmap (Debian) or shadow-utils"],
] as const;

/** Other OCI runtimes, for `--runtime`. */
const runtimes = ["runc", "crun", "youki", "runsc"] as const;

/** Looks for programs on PATH. Nothing needs them but what is said. */
export function checkPrograms(host: Host): Finding[] {
  const found = runtimes.flatMap((name) => {
    const path = host.which(name);
    return path === undefined ? [] : [host.firstLine([path, "--version"]) ?? path];
  });
  return [
    ...optional.map(([name, use, hint]): Finding => {
      const path = host.which(name);
      return path === undefined
        ? { name, level: "missing", found: `not on PATH; for ${use}`, hint }
        : ok(name, path);
    }),
    found.length === 0
      ? {
          name: "Other runtimes",
          level: "missing",
          found: `none of ${runtimes.join(", ")} is on PATH; for --runtime`,
        }
      : ok("Other runtimes", found.join(", ")),
  ];
}
