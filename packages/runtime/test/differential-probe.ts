/**
 * What a program sees and may do inside of a container, as text that two runtimes' containers can be compared by.
 *
 * @module
 */

import type { Config } from "@ctr/spec";
import { withProcess } from "./test-bundle.ts";

/** Files of a container's own cgroup that hold a limit: of version 1 and hybrid, then of version 2. */
const cgroupFiles: readonly string[] = [
  "memory/memory.limit_in_bytes",
  "memory/memory.soft_limit_in_bytes",
  "memory/memory.memsw.limit_in_bytes",
  "memory/memory.swappiness",
  "memory/memory.oom_control",
  "cpu/cpu.shares",
  "cpu/cpu.cfs_quota_us",
  "cpu/cpu.cfs_period_us",
  "cpuset/cpuset.cpus",
  "cpuset/cpuset.mems",
  "pids/pids.max",
  "blkio/blkio.weight",
  "blkio/blkio.bfq.weight",
  "devices/devices.list",
  "hugetlb/hugetlb.2MB.limit_in_bytes",
  "hugetlb/hugetlb.2MB.rsvd.limit_in_bytes",
  "memory.max",
  "memory.low",
  "memory.high",
  "memory.swap.max",
  "cpu.max",
  "cpu.weight",
  "cpuset.cpus",
  "cpuset.mems",
  "pids.max",
  "io.bfq.weight",
  "io.weight",
  "hugetlb.2MB.max",
  "hugetlb.2MB.rsvd.max",
].map((name) => `/sys/fs/cgroup/${name}`);

const processFiles: readonly string[] = [
  "status",
  "mountinfo",
  "limits",
  "cgroup",
  "oom_score_adj",
  "uid_map",
  "gid_map",
  "setgroups",
  "timens_offsets",
].map((name) => `/proc/self/${name}`);

const otherFiles: readonly string[] = [
  "/proc/net/dev",
  "/proc/sys/kernel/hostname",
  "/proc/sys/kernel/domainname",
  "/proc/sys/kernel/msgmax",
  "/proc/sys/kernel/shm_rmid_forced",
  "/proc/sys/fs/mqueue/msg_max",
  "/proc/sys/net/ipv4/ip_forward",
  "/proc/sys/net/ipv4/ping_group_range",
  "/etc/motd",
  "/etc/hosts",
];

/** Places that a configuration may mask, make read-only, or mount something at. */
const places = [
  ...["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sys", "/sys/firmware", "/home"],
  ...["/etc/motd", "/etc/hosts", "/data", "/link", "/made", "/made/*", "/mnt", "/mnt/*", "/tmp"],
];

/** Where it tries to write. */
const written = [
  ...["/proc/sys/kernel/x", "/proc/sysrq-trigger/x", "/sys/x", "/sys/fs/cgroup/x", "/tmp/x"],
  ...["/x", "/dev/x", "/dev/shm/x", "/root/x", "/mnt/x", "/data/x", "/etc/x", "/home/x"],
];

/** Device nodes that lie in the image, for which the cgroup decides who may open them. */
export const deviceNodes: Readonly<Record<string, readonly string[]>> = {
  null: ["c", "1", "3"],
  random: ["c", "1", "8"],
  fuse: ["c", "10", "229"],
  loop: ["b", "7", "0"],
};

/**
 * A script for busybox that looks at everything that a configuration can change. It starts few programs, as each costs
 * more than what it looks at: files are read by one tail, which names them; and a copy of `/image`, where there is a file of
 * every kind, makes the calls that a profile or a capability decides about.
 */
export const probe: string = `
exec 2>&1
echo "== place"; pwd; umask
echo "== files"; tail -v -n +1 /proc/$$/stat /proc/$$/environ ${[...processFiles, ...otherFiles, ...cgroupFiles].join(" ")}
echo
echo "== descriptors"; for each in /proc/$$/fd/*; do echo "\${each##*/}"; done
echo "== lists"; ls -ldn /proc/self/ns/* /dev /dev/* ${places.join(" ")}
echo "== write"
for each in ${written.join(" ")}; do if echo x >$each; then echo "$each yes"; fi; done
echo "== calls"; cp -a /image /tmp/copy
unshare -u hostname probe && echo unshared
echo "== open"
for each in null zero full random tty console ptmx fuse; do if true 3</dev/$each; then echo "$each reads"; fi; done
for each in /image /tmp/copy; do
  for name in ${Object.keys(deviceNodes).join(" ")}; do
    if true 3<$each/$name; then echo "$each/$name reads"; fi
    if true 3>$each/$name; then echo "$each/$name writes"; fi
  done
done
echo "== end"
`.trim();

/** Where it lies in the root filesystem. */
export const probePath = "/probe";

/** Has a configuration run the probe. */
export function withProbe(config: Config): Config {
  return withProcess(config, { args: ["/bin/sh", "-c", `. ${probePath}`] });
}

/** Lines of `/proc/self/status` that a configuration decides. */
const statusLines =
  /^(Umask|Uid|Gid|Groups|Sig(Blk|Ign|Cgt)|Cap|NoNewPrivs|Seccomp|Cpus_allowed_list|Mems_allowed_list)/;

/**
 * Takes a probe's output apart into sections, so that a difference shows where it is, without what varies by itself:
 * ids of mounts, devices and peer groups, counters, times.
 *
 * @param hostNamespaces what the names in this process's /proc/self/ns point to
 */
export function sectionsOf(
  text: string,
  hostNamespaces: ReadonlySet<string>,
): Record<string, readonly string[]> {
  const [before = "", ...rest] = text.replaceAll("\r\n", "\n").split(/^== /m);
  // What a hook printed.
  const result: Record<string, readonly string[]> = { before: before.split("\n") };
  for (const part of rest) {
    const [title = "", ...lines] = part.trimEnd().split("\n");
    if (title === "files") Object.assign(result, files(lines));
    else if (title === "lists") {
      result[title] = lines.flatMap((line) => listed(line, hostNamespaces));
    } else result[title] = lines;
  }
  return result;
}

/** Puts what tail wrote under the names of the files; its complaints are about files that it could not read. */
function files(lines: readonly string[]): Record<string, string[]> {
  const complaints = lines
    .filter((line) => line.startsWith("tail: "))
    .map((line) => line.replace(/\/proc\/\d+\//, "/proc/its own/"));
  const result: Record<string, string[]> = { complaints };
  let path = "";
  for (const line of lines) {
    const name = line.match(/^==> (.*) <==$/)?.[1];
    if (name !== undefined) {
      path = name.replace(/^\/proc\/\d+\//, "");
      result[path] = [];
    } else if (line !== "" && !line.startsWith("tail: ")) {
      result[path]?.push(...seenIn(path, line));
    }
  }
  // Mounts are listed by when they were made; we make some before the container, for a user namespace.
  result["/proc/self/mountinfo"]?.sort();
  // The kernel has a list, to which each of us adds in another order what does not depend on it.
  result["/sys/fs/cgroup/devices/devices.list"]?.sort();
  return result;
}

function seenIn(path: string, text: string): string[] {
  switch (path) {
    case "/proc/self/status":
      return statusLines.test(text) ? [text] : [];
    case "/proc/self/mountinfo":
      return [
        text
          .replace(/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ /, "")
          .replaceAll(/(shared|master):[0-9]+/g, "$1"),
      ];
    case "/proc/net/dev":
      return [text.split(":")[0] ?? ""];
    case "stat":
      return [processNumbers(text)];
    case "environ":
      return text.split("\0").slice(0, -1);
    default:
      return [text];
  }
}

/** From /proc/PID/stat (proc_pid_stat(5)): parent, session, terminal, niceness and scheduling, by relation to the pid. */
function processNumbers(line: string): string {
  const [, pid = "", rest = ""] = line.match(/^(\d+) \(.*\) (.*)$/) ?? [];
  const [, parent, group, session, terminal, foreground, ...others] = rest.split(" ");
  const own = (each: string | undefined): string => (each === pid ? "own" : "other");
  return JSON.stringify({
    first: pid === "1",
    orphan: parent === "0",
    group: own(group),
    session: own(session),
    terminal: terminal === "0" ? "none" : "one",
    foreground: foreground === "-1" ? "none" : own(foreground),
    // Fields 18, 19, 40 and 41 of the line.
    priority: others[9],
    nice: others[10],
    realTimePriority: others[31],
    policy: others[32],
  });
}

/** Leaves of a line of `ls -ldn` what a runtime decides: mode, owner, device numbers, name and target. */
function listed(line: string, hostNamespaces: ReadonlySet<string>): string[] {
  const found = line.match(/^(\S+) +\d+ +(\d+) +(\d+) +(\d+, +\d+|\d+) +\S+ +\S+ +\S+ (.*)$/);
  if (found === null) return [line];
  const [, mode = "", user, group, size = "", name = ""] = found;
  const namespace = name.match(/^\/proc\/self\/ns\/(\S+) -> (\S+)$/);
  if (namespace !== null) {
    const [, type, target = ""] = namespace;
    return [`namespace ${type} ${hostNamespaces.has(target) ? "of the host" : "of its own"}`];
  }
  // Processes of the machine, in a proc that is mounted there: they come and go.
  if (mode.startsWith("d") && /\/\d+$/.test(name)) return [];
  // "self" of such a proc.
  const place = name.replace(/ -> \d+(\/task\/\d+)?$/, " -> a process");
  const numbers = /^[bc]/.test(mode) ? size.replaceAll(/ +/g, "") : "";
  return [[mode, `${user}:${group}`, numbers, place].filter(Boolean).join(" ")];
}
