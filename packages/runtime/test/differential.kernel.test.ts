/**
 * What a program sees from inside is the same under bunc and under runc, configuration by configuration; where it is
 * not, the difference is on a list with its reason.
 */

import { afterAll, describe, expect, test } from "bun:test";
import type { Config } from "@ctr/spec";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Looks at everything that a configuration can change, and prints it in a form that does not vary by itself. */
const probe = `
exec 2>&1
echo "== status"; grep -E '^(Umask|Uid|Gid|Groups|Sig(Blk|Ign)|Cap|NoNewPrivs|Seccomp|Cpus_allowed_list)' /proc/self/status
echo "== mounts"; sed -E 's/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ //; s/(shared|master):[0-9]+/\\1/g' /proc/self/mountinfo
echo "== devices"; ls -ln /dev | awk '{print $1, $3, $4, $5, $6, $NF}' | grep -v total | sort
echo "== limits"; cat /proc/self/limits
echo "== environment"; env | sort
echo "== place"; pwd; hostname; cat /proc/sys/kernel/domainname 2>/dev/null
echo "== cgroup"; sed -E 's/test-[0-9a-f-]+/ID/' /proc/self/cgroup
echo "== files"; ls /proc/self/fd | grep -v 3
echo "== network"; cat /proc/net/dev | cut -d: -f1; cat /sys/class/net/lo/flags 2>/dev/null
echo "== oom"; cat /proc/self/oom_score_adj
echo "== masked"; for f in /proc/kcore /proc/keys /proc/timer_list /sys/firmware; do ls -ld $f | cut -c1-10; done
echo "== write"; for f in / /proc/sys/kernel/x /sys/x /tmp/x /dev/x /root/x; do if (echo > $f) 2>/dev/null; then echo "$f yes"; else echo "$f no"; fi; done
echo "== open"; for f in null zero full random tty; do if (: < /dev/$f) 2>/dev/null; then echo "$f yes"; else echo "$f no"; fi; done
echo "== map"; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
`;

/** A configuration, and what may differ with its reason. */
interface Case {
  readonly change: (config: Config) => Config;
}

const linux =
  (fields: Partial<NonNullable<Config["linux"]>>) =>
  (config: Config): Config =>
    withLinux(config, fields);
const process_ =
  (fields: Parameters<typeof withProcess>[1]) =>
  (config: Config): Config =>
    withProcess(config, fields);
const mount =
  (type: string, options: readonly string[], destination = "/mnt", source = type) =>
  (config: Config): Config => ({
    ...config,
    mounts: [...(config.mounts ?? []), { destination, type, source, options }],
  });
const resources = (fields: NonNullable<NonNullable<Config["linux"]>["resources"]>) =>
  linux({ resources: fields });
const namespaces =
  (remove: readonly string[], add: readonly ("user" | "cgroup")[] = []) =>
  (config: Config): Config =>
    withLinux(config, {
      namespaces: [
        ...(config.linux?.namespaces ?? []).filter(({ type }) => !remove.includes(type)),
        ...add.map((type) => ({ type })),
      ],
    });
const together =
  (...changes: readonly ((config: Config) => Config)[]) =>
  (config: Config): Config =>
    changes.reduce((changed, change) => change(changed), config);

const userNamespace = together(
  namespaces([], ["user"]),
  linux({
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  }),
);

const bindOptions: readonly (readonly string[])[] = [
  ["bind"],
  ["rbind"],
  ["bind", "ro"],
  ["rbind", "ro"],
  ["rbind", "rro"],
  ["bind", "nosuid", "nodev", "noexec"],
  ["bind", "noatime"],
  ["bind", "nodiratime", "noatime"],
  ["bind", "strictatime"],
  ["bind", "relatime"],
  ["bind", "rprivate"],
  ["bind", "private"],
  ["bind", "rslave"],
  ["bind", "slave"],
  ["bind", "rshared"],
  ["bind", "shared"],
  ["bind", "unbindable"],
  ["bind", "nosymfollow"],
  ["rbind", "rnosuid", "rnodev", "rnoexec"],
  ["rbind", "rnoatime"],
  ["bind", "ro", "rw"],
  ["bind", "noexec", "exec"],
];
const tmpfsOptions: readonly (readonly string[])[] = [
  [],
  ["ro"],
  ["size=64k"],
  ["mode=1777", "size=1m", "nr_inodes=100"],
  ["nosuid", "nodev", "noexec"],
  ["noatime"],
  ["strictatime"],
  ["relatime"],
  ["nodiratime"],
  ["sync"],
  ["dirsync"],
  ["lazytime"],
  ["uid=1000", "gid=1000"],
  ["nosymfollow"],
  ["private"],
  ["rslave"],
  ["shared"],
];

const cases: Readonly<Record<string, Case["change"]>> = {
  "what runc spec writes": (config) => config,
  "a writable root": (config) => ({
    ...config,
    root: { ...config.root, path: "rootfs", readonly: false },
  }),
  "another host name": (config) => ({ ...config, hostname: "other" }),
  "no host name": ({ hostname: _, ...config }) => config,
  "a user": process_({ user: { uid: 1000, gid: 1000 } }),
  "a user with groups": process_({ user: { uid: 1000, gid: 1001, additionalGids: [5, 6, 7] } }),
  "root with groups": process_({ user: { uid: 0, gid: 0, additionalGids: [10] } }),
  "a umask": process_({ user: { uid: 0, gid: 0, umask: 0o77 } }),
  "another directory": process_({ cwd: "/tmp" }),
  "a directory that is made": together(process_({ cwd: "/tmp/made/for/this" })),
  "an environment": process_({ env: ["PATH=/bin", "A=1", "B=x y", "EMPTY="] }),
  "its own HOME": process_({ env: ["PATH=/bin", "HOME=/elsewhere"] }),
  "no capabilities": process_({ capabilities: {} }),
  "no capability field": (config) => {
    const { capabilities: _, ...rest } = config.process ?? { cwd: "/" };
    return { ...config, process: rest };
  },
  "some capabilities": process_({
    capabilities: {
      bounding: ["CAP_CHOWN", "CAP_NET_RAW"],
      permitted: ["CAP_CHOWN", "CAP_NET_RAW"],
      effective: ["CAP_CHOWN"],
    },
  }),
  "inheritable and ambient capabilities": process_({
    user: { uid: 1000, gid: 1000 },
    capabilities: {
      bounding: ["CAP_NET_BIND_SERVICE", "CAP_KILL"],
      permitted: ["CAP_NET_BIND_SERVICE", "CAP_KILL"],
      effective: ["CAP_NET_BIND_SERVICE"],
      inheritable: ["CAP_NET_BIND_SERVICE"],
      ambient: ["CAP_NET_BIND_SERVICE"],
    },
  }),
  "new privileges": process_({ noNewPrivileges: false }),
  rlimits: process_({
    rlimits: [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_NPROC", soft: 50, hard: 60 },
      { type: "RLIMIT_STACK", soft: 1_048_576, hard: 2_097_152 },
    ],
  }),
  "no rlimits": process_({ rlimits: [] }),
  "an OOM score": process_({ oomScoreAdj: 500 }),
  "an I/O priority": process_({ ioPriority: { class: "IOPRIO_CLASS_IDLE", priority: 0 } }),
  "the host's network": together(namespaces(["network"])),
  "the host's pids": together(namespaces(["pid"]), (config) => ({
    ...config,
    process: { cwd: "/", ...config.process },
  })),
  "the host's ipc": namespaces(["ipc"]),
  "a cgroup namespace": namespaces([], ["cgroup"]),
  "a user namespace": userNamespace,
  "a user namespace and a user": together(
    userNamespace,
    process_({ user: { uid: 5, gid: 6, additionalGids: [7] } }),
  ),
  "a user namespace and limits": together(
    userNamespace,
    process_({ rlimits: [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }] }),
  ),
  "no masked paths": linux({ maskedPaths: [] }),
  "no read-only paths": linux({ readonlyPaths: [] }),
  "masked and read-only files of the image": linux({
    maskedPaths: ["/etc/motd", "/home", "/missing"],
    readonlyPaths: ["/tmp", "/etc/group", "/missing"],
  }),
  sysctls: linux({ sysctl: { "net.ipv4.ip_forward": "1", "kernel.msgmax": "65536" } }),
  "a device": linux({
    devices: [
      { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o640, uid: 1000, gid: 5 },
    ],
  }),
  "a device in a directory": linux({
    devices: [{ path: "/dev/a/b", type: "c", major: 1, minor: 3 }],
  }),
  "a FIFO": linux({ devices: [{ path: "/dev/fifo", type: "p", fileMode: 0o600 }] }),
  "all devices": resources({ devices: [{ allow: true, access: "rwm" }] }),
  "one device": resources({
    devices: [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 1, minor: 8, access: "r" },
    ],
  }),
  "a pid limit": resources({ pids: { limit: 100 } }),
  "a memory limit": resources({ memory: { limit: 67_108_864 } }),
  "cpu shares": resources({ cpu: { shares: 512 } }),
  "a cpu quota": resources({ cpu: { quota: 50_000, period: 100_000 } }),
  "a cpuset": resources({ cpu: { cpus: "0" } }),
  "slave propagation of the root": linux({ rootfsPropagation: "slave" }),
  "private propagation of the root": linux({ rootfsPropagation: "private" }),
  "a seccomp profile": linux({
    seccomp: {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
      syscalls: [
        { names: ["sethostname", "symlink", "symlinkat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 },
      ],
    },
  }),
  "no mounts but proc": (config) => ({
    ...config,
    mounts: (config.mounts ?? []).filter(({ type }) => type === "proc"),
  }),
  "a bound file": mount("bind", ["bind", "ro"], "/etc/hosts", "/etc/hostname"),
  "a bind to a place that is missing": together(
    (config) => ({ ...config, root: { path: "rootfs" } }),
    mount("bind", ["bind"], "/made/here", "/usr"),
  ),
  "a bind through a link": mount("bind", ["bind"], "/mnt-link", "/usr"),
  "a relative destination": mount("tmpfs", [], "mnt", "tmpfs"),
  "a tmpfs that copies up": mount("tmpfs", ["tmpcopyup"], "/etc", "tmpfs"),
  "a hierarchy of cgroups to write to": (config) => ({
    ...config,
    mounts: (config.mounts ?? []).map((each) =>
      each.type === "cgroup" ? { ...each, options: ["nosuid", "noexec", "nodev"] } : each,
    ),
  }),
  ...Object.fromEntries(
    bindOptions.map((options) => [
      `bind: ${options.join(",")}`,
      mount("bind", options, "/mnt", "/usr"),
    ]),
  ),
  ...Object.fromEntries(
    tmpfsOptions.map((options) => [
      `tmpfs: ${options.join(",")}`,
      mount("tmpfs", options, "/mnt", "tmpfs"),
    ]),
  ),
};

/** What differs, and why that is right: each replacement is made on both sides before they are compared. */
const differences: readonly {
  readonly line: RegExp;
  readonly becomes: string;
  readonly reason: string;
}[] = [
  {
    line: /^\S*\/null (\/\S+) .*$/,
    becomes: "masked $1",
    reason:
      "we mask files with the host's null device, which the container cannot replace beforehand",
  },
  {
    line: /^\/ (\/proc\/\S+|\/sys\/firmware|\/home) ro,\S+ - tmpfs .*$/,
    becomes: "masked $1",
    reason: "we mask directories with one file system that holds a single page",
  },
  {
    line: /^\/ \/sys\/fs\/cgroup r[wo],(\S+) - tmpfs .*$/,
    becomes: "cgroups $1",
    reason: 'we make the directory above the hierarchies read-only, too, when the mount says "ro"',
  },
  {
    line: /^\S+ \/sys\/fs\/cgroup\/unified .*$/,
    becomes: "",
    reason: "on a hybrid host we show the hierarchy of version 2 beside the others",
  },
  {
    line: / - cgroup systemd rw,/,
    becomes: " - cgroup cgroup rw,",
    reason: "runc mounts a hierarchy anew for a cgroup namespace, with its name as the source",
  },
  {
    line: /^(drwxrwxrwt 0) 65534 (.*mqueue)$/,
    becomes: "$1 0 $2",
    reason: "runc makes the ipc namespace before it has the gid of the user namespace's root",
  },
  {
    line: /^\S+ (\/sys\/fs\/cgroup \S+) - cgroup2 \S+ (.*?)(,nsdelegate)?$/,
    becomes: "$1 $2",
    reason:
      "without a cgroup namespace we show the container its own cgroup, runc those of the whole host",
  },
  {
    line: /^\/\w+ (\/dev\/\w+) rw\S* - devtmpfs .*$/,
    becomes: "device $1",
    reason: "the host's devices that a user namespace gets are nosuid and noexec, as with crun",
  },
  { line: /test-[0-9a-f-]{13}/, becomes: "ID", reason: "ids are random" },
];

describe("inside is the same under bunc and runc", () => {
  for (const [name, change] of Object.entries(cases)) {
    test(name, async () => {
      const config = bundle.config(probe, change);
      const [ours, theirs] = await Promise.all([
        bundle
          .run(config)
          .catch((error: Error) => ({ status: -1, stdout: "", stderr: error.message })),
        bundle.runUnder("runc", config),
      ]);
      if (theirs.status === 1 && theirs.stdout === "") {
        expect({ ...ours, stderr: "" }).toEqual({ status: -1, stdout: "", stderr: "" });
        return;
      }
      expect(ours.stderr).toBe("");
      expect(sections(ours.stdout)).toEqual(sections(theirs.stdout));
      expect(ours.status).toBe(theirs.status);
    }, 30_000);
  }
});

test("inside is the same for configurations put together at random", async () => {
  const seed = Number(process.env["CTR_TEST_SEED"] ?? Date.now() % 2 ** 31);
  process.stdout.write(`seed ${seed}: CTR_TEST_SEED repeats it\n`);
  const random = generator(seed);
  const changes = Object.entries(cases).filter(([name]) => !alone.has(name));
  for (let index = 0; index < 25; index++) {
    const drawn = [0, 1, 2, 3].map(() => changes[Math.floor(random() * changes.length)]);
    // One mount at one place: of two, runc would make the upper one read-only when the lower one is to be.
    const first = drawn.findIndex((each) => isAtMnt(each?.[0]));
    const chosen = drawn.filter((each, place) => place === first || !isAtMnt(each?.[0]));
    const names = chosen.map((each) => each?.[0] ?? "");
    // There runc binds the host's devices, whatever mode and owner they are to have.
    const hasUser = names.some((name) => name.startsWith("a user namespace"));
    if (hasUser && names.some((name) => name.startsWith("a device"))) continue;
    const config = bundle.config(probe, (base) =>
      chosen.reduce((changed, each) => each?.[1](changed) ?? changed, base),
    );
    const ours = await bundle.run(config).catch(failed);
    const theirs = await bundle.runUnder("runc", config);
    // What runc refuses, such as some remounts in a user namespace, we may be able to do.
    if (theirs.status === 1 && theirs.stdout === "") continue;
    expect([names, ours.stderr]).toEqual([names, ""]);
    expect([names, sections(ours.stdout)]).toEqual([names, sections(theirs.stdout)]);
  }
}, 120_000);

function isAtMnt(name = ""): boolean {
  return /^(bind|tmpfs): |^a relative destination/.test(name);
}

/** Cases that mean something else together with others: the last of two mounts at one place hides the first. */
const alone: ReadonlySet<string> = new Set(["no mounts but proc", "the host's pids"]);

function failed(error: Error): Outcome {
  return { status: -1, stdout: "", stderr: error.message };
}

/** Numbers from 0 to 1 that a seed decides: a linear congruential generator. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Takes the output apart, so that a failure shows the section, and irons out what is known to differ. */
function sections(text: string): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const part of text.split(/^== /m).slice(1)) {
    const [title = "", ...lines] = part.trimEnd().split("\n");
    const ironedLines = lines.map(ironed).filter((line) => line !== "");
    // Mounts are listed by when they were made; we make some before the container, for a user namespace.
    const isList = title === "devices" || title === "mounts";
    result[title] = isList ? ironedLines.toSorted() : ironedLines;
  }
  return result;
}

function ironed(line: string): string {
  return differences.reduce((text, each) => text.replace(each.line, each.becomes), line);
}
