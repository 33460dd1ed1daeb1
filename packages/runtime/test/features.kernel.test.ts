/**
 * The features document claims nothing that does not hold: every value in it has a proof here, and nothing else has. What is
 * built in but not in this machine, such as a security module, is proved by the words of its refusal.
 */

import { afterAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  type Config,
  checkFeatures,
  type Hook,
  hookNames,
  type LinuxSeccomp,
  type LinuxSeccompArg,
  linuxNamespaceTypes,
  memoryPolicyFlags,
  memoryPolicyModes,
  type SeccompArchitecture,
  seccompActions,
  seccompFlags,
  seccompOperators,
} from "@ctr/spec";

import manifest from "../package.json" with { type: "json" };
import { createCgroup, detectCgroupLayout } from "../src/cgroups/index.ts";
import { pidfdReceiverOf } from "../src/container/bundle/annotations.ts";
import { features } from "../src/index.ts";
import { auditArchitecture } from "../src/seccomp/architectures.ts";
import { runFilter } from "../src/seccomp/bpf-interpreter.ts";
import { compileSeccomp } from "../src/seccomp/compile.ts";
import { callNumbers } from "../src/seccomp/syscall-numbers.ts";
import { FakeCgroupfs } from "./fake-cgroupfs.ts";
import { type Change, type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
mkdirSync(join(bundle.rootfs, "mnt"));
mkdirSync(join(bundle.path, "source"));
afterAll(() => bundle[Symbol.asyncDispose]());

type Claim = readonly [path: string, value: unknown];
type Proof = (value: string) => Promise<void> | void;

/** Returns every value of a document with the path to it; entries of lists share that of the list. */
function claimsOf(part: unknown, path = ""): readonly Claim[] {
  if (Array.isArray(part)) return part.flatMap((entry) => claimsOf(entry, `${path}[]`));
  if (typeof part !== "object" || part === null) return [[path, part]];
  return Object.entries(part).flatMap(([key, value]) =>
    claimsOf(value, path === "" ? key : `${path}/${key}`),
  );
}

async function run(script: string, change?: Change): Promise<Outcome> {
  return await bundle.run(bundle.config(script, change));
}

/** Returns the words of a refusal, or that there was none. */
async function refusal(script: string, change: Change): Promise<string> {
  return await run(script, change).then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );
}

const linux =
  (fields: Parameters<typeof withLinux>[1]): Change =>
  (config) =>
    withLinux(config, fields);

const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** Runs with a mount at /mnt and returns what mountinfo says of it: options of the mount, then of the superblock. */
async function mounted(options: readonly string[], type = "tmpfs"): Promise<string> {
  const fields = type === "bind" ? { source: join(bundle.path, "source") } : { type, source: type };
  const { stdout, stderr, status } = await run("grep ' /mnt ' /proc/self/mountinfo", (config) => ({
    ...config,
    mounts: [...(config.mounts ?? []), { destination: "/mnt", ...fields, options }],
  }));
  expect([options, stderr, status]).toEqual([options, "", 0]);
  const words = stdout.trim().split(" ");
  const rest = words.slice(words.indexOf("-") + 1);
  return `${words[5]} ${words.slice(6, words.indexOf("-")).join(" ")} | ${rest[2]}`;
}

type Look = readonly [options: readonly string[], shown: RegExp | undefined, hidden?: RegExp];

/** For each option: with which others it is given, what must be seen then, and what must not. */
function lookFor(option: string): Look {
  const bare = option.replace(/^r(?=(no)?(suid|dev|exec|diratime|symfollow|atime)$)/, "");
  const tree = bare === option ? [] : ["rbind"];
  const flag = /^no(suid|dev|exec|diratime|symfollow|atime)$/;
  if (flag.test(bare)) return [[...tree, option], new RegExp(`\\b${bare}\\b`)];
  if (flag.test(`no${bare}`)) {
    const opposite = option.replace(bare, `no${bare}`);
    return [[...tree, opposite, option], undefined, new RegExp(`\\bno${bare}\\b`)];
  }
  return looks[option] ?? [[], /never/];
}

const peer = /shared:\d+/;
const looks: Readonly<Record<string, Look>> = {
  ro: [["ro"], /^ro\b/],
  rw: [["ro", "rw"], /^rw\b/],
  rro: [["rbind", "rro"], /^ro\b/],
  rrw: [["rbind", "rro", "rrw"], /^rw\b/],
  bind: [["bind"], /^rw\b/],
  rbind: [["rbind"], /^rw\b/],
  relatime: [["relatime"], /\brelatime\b/],
  rrelatime: [["rbind", "rrelatime"], /\brelatime\b/],
  norelatime: [["noatime", "norelatime"], /\bnoatime\b/],
  rnorelatime: [["rbind", "rnoatime", "rnorelatime"], /\brelatime\b/],
  strictatime: [["strictatime"], undefined, /\b(relatime|noatime)\b/],
  rstrictatime: [["rbind", "rstrictatime"], undefined, /\b(relatime|noatime)\b/],
  nostrictatime: [["strictatime", "nostrictatime"], /\brelatime\b/],
  rnostrictatime: [["rbind", "rstrictatime", "rnostrictatime"], /\brelatime\b/],
  sync: [["sync"], /\| .*\bsync\b/],
  async: [["sync", "async"], undefined, /\bsync\b/],
  dirsync: [["dirsync"], /\| .*\bdirsync\b/],
  lazytime: [["lazytime"], /\| .*\blazytime\b/],
  nolazytime: [["lazytime", "nolazytime"], undefined, /\blazytime\b/],
  shared: [["shared"], peer],
  rshared: [["rshared"], peer],
  private: [["shared", "private"], undefined, peer],
  rprivate: [["rshared", "rprivate"], undefined, peer],
  slave: [["shared", "slave"], undefined, peer],
  rslave: [["rshared", "rslave"], undefined, peer],
  unbindable: [["unbindable"], /\bunbindable\b/],
  runbindable: [["runbindable"], /\bunbindable\b/],
};

/** What these change is not shown, or is nothing: they are taken, as no unknown option is. */
const quiet = ["defaults", "silent", "loud", "mand", "nomand", "iversion", "noiversion"];

/** Binds a link that leads to nothing, and returns what the link in the container says. */
async function bindLink(destination: string, options: readonly string[]): Promise<string> {
  const source = join(bundle.path, "link");
  rmSync(source, { force: true });
  symlinkSync("nowhere", source);
  const { stdout } = await run(`readlink ${destination}`, (config) => ({
    ...config,
    mounts: [...(config.mounts ?? []), { destination, source, options: ["bind", ...options] }],
  }));
  return stdout;
}

async function proveMountOption(option: string): Promise<void> {
  if (quiet.includes(option)) {
    expect(await mounted([option, "size=64k"])).toContain("size=64k");
    await expect(mounted([`${option}x`])).rejects.toThrow("/mounts/");
  } else if (option === "idmap" || option === "ridmap") {
    const { stdout } = await run("stat -c %u /mnt", (config) => ({
      ...config,
      mounts: [
        ...(config.mounts ?? []),
        {
          destination: "/mnt",
          source: join(bundle.path, "source"),
          options: ["rbind", option],
          uidMappings: [{ containerID: 0, hostID: 7000, size: 1 }],
          gidMappings: [{ containerID: 0, hostID: 7000, size: 1 }],
        },
      ],
    }));
    expect(stdout).toBe("7000\n");
  } else if (option === "remount") {
    const { stdout } = await run("grep ' /dev/shm ' /proc/self/mountinfo", (config) => ({
      ...config,
      mounts: [...(config.mounts ?? []), { destination: "/dev/shm", options: ["remount", "ro"] }],
    }));
    expect(stdout.split(" ")[5]).toMatch(/^ro\b/);
  } else if (option === "tmpcopyup") {
    const { stdout } = await run("cat /etc/motd; stat -f -c %T /etc", (config) => ({
      ...config,
      mounts: [
        ...(config.mounts ?? []),
        { destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"] },
      ],
    }));
    expect(stdout).toBe("hello\ntmpfs\n");
  } else if (option === "copy-symlink") {
    expect(await bindLink("/etc/copied-link", [option])).toBe("nowhere\n");
  } else if (option === "src-nofollow") {
    await expect(bindLink("/etc/bound-link", [])).rejects.toThrow("ENOENT");
    expect(await bindLink("/etc/bound-link", [option])).toBe("nowhere\n");
  } else if (option === "dest-nofollow") {
    symlinkSync("elsewhere", join(bundle.rootfs, "etc/covered-link"));
    expect(await bindLink("/etc/covered-link", ["src-nofollow", option])).toBe("nowhere\n");
  } else {
    const [options, shown, hidden] = lookFor(option);
    const isBind = options.some((each) => each === "bind" || each === "rbind");
    const seen = await mounted(options, isBind ? "bind" : "tmpfs");
    if (shown !== undefined) expect([option, seen]).toEqual([option, expect.stringMatching(shown)]);
    if (hidden !== undefined)
      expect([option, seen]).not.toEqual([option, expect.stringMatching(hidden)]);
    expect(options).toContain(option);
  }
}

const hookLog = join(bundle.path, "hooks.log");

async function proveHook(name: string): Promise<void> {
  const known = hookNames.find((each) => each === name);
  if (known === undefined) throw new Error(`No hook ${name}`);
  const isInside = known === "startContainer";
  const file = isInside ? "/tmp/hook" : hookLog;
  const hook: Hook = {
    path: "/bin/sh",
    args: ["sh", "-c", `grep -o '"id"' >> ${file}`],
    env: ["PATH=/usr/bin:/bin"],
  };
  await run("true", (config) => ({
    ...config,
    root: { path: "rootfs" },
    hooks: { [known]: [hook] },
  }));
  const seen = isInside ? join(bundle.rootfs, "tmp/hook") : hookLog;
  expect(readFileSync(seen, "utf8")).toBe('"id"\n');
  rmSync(seen);
}

async function proveNamespace(name: string): Promise<void> {
  const type = linuxNamespaceTypes.find((each) => each === name);
  if (type === undefined) throw new Error(`No namespace ${name}`);
  const file = { mount: "mnt", network: "net" }[name] ?? name;
  const { stdout, stderr } = await run(`readlink /proc/self/ns/${file}`, (config) => {
    const others = (config.linux?.namespaces ?? []).filter((each) => each.type !== type);
    const mappings = type === "user" ? { uidMappings: ids, gidMappings: ids } : {};
    return withLinux(config, { namespaces: [...others, { type }], ...mappings });
  });
  expect([stdout.trim(), stderr]).toEqual([expect.stringContaining(`${file}:[`), ""]);
  expect(stdout.trim()).not.toBe(readlinkSync(`/proc/self/ns/${file}`));
}

const status = readFileSync("/proc/self/status", "utf8");
const bounding = BigInt(`0x${/^CapBnd:\t(.*)$/m.exec(status)?.[1] ?? "0"}`);
const document = features();
const capabilityBits: readonly string[] = document.linux?.capabilities ?? [];

async function proveCapability(name: string): Promise<void> {
  const bit = 1n << BigInt(capabilityBits.indexOf(name));
  const warnings: string[] = [];
  const sets = { bounding: [name], permitted: [name], effective: [name] } as const;
  const config = bundle.config("grep CapEff /proc/self/status", (base) =>
    withProcess(base, {
      capabilities: sets as NonNullable<Config["process"]>["capabilities"] & object,
    }),
  );
  const { stdout } = await bundle.run(config, { onWarning: (text) => void warnings.push(text) });
  const mask = BigInt(`0x${stdout.split("\t")[1]?.trim()}`);
  if ((bounding & bit) === 0n) expect(warnings.join()).toContain(`Cannot grant ${name}`);
  else expect([mask, warnings]).toEqual([bit, []]);
}

function filter(
  rules: LinuxSeccomp["syscalls"] & object,
  more: Partial<LinuxSeccomp> = {},
): Change {
  return linux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", ...more, syscalls: rules } });
}

/** What a program sees when it makes a directory under a filter. */
async function proveAction(action: string): Promise<void> {
  const answers: Readonly<Record<string, string>> = {
    SCMP_ACT_ALLOW: "made\n0\n",
    SCMP_ACT_LOG: "made\n0\n",
    SCMP_ACT_ERRNO: "Permission denied\n1\n",
    SCMP_ACT_TRACE: "Function not implemented\n1\n",
    SCMP_ACT_NOTIFY: "Function not implemented\n1\n",
    SCMP_ACT_KILL: "159\n",
    SCMP_ACT_KILL_THREAD: "159\n",
    SCMP_ACT_KILL_PROCESS: "159\n",
    SCMP_ACT_TRAP: "159\n",
  };
  const known = seccompActions.find((each) => each === action);
  if (known === undefined) throw new Error(`No action ${action}`);
  const names = ["mkdir", "mkdirat"];
  const errno = action === "SCMP_ACT_ERRNO" ? { errnoRet: 13 } : {};
  const listenerPath = join(bundle.path, "listener");
  const states: string[] = [];
  // Whoever gets the filter's descriptor and closes it leaves calls without an answer: ENOSYS.
  using listener =
    action === "SCMP_ACT_NOTIFY" ? listen(listenerPath, (text) => states.push(text)) : undefined;
  const { stdout, stderr } = await run(
    "mkdir /dev/shm/x && echo made; echo $?",
    filter([{ names, action: known, ...errno }], listener === undefined ? {} : { listenerPath }),
  );
  const words = stderr.replace(/^.*: |Bad system call.*$/gms, "").trim();
  expect(`${words === "" ? "" : `${words}\n`}${stdout}`).toBe(answers[action] ?? "unknown");
  expect(states.join("").includes('"ociVersion"')).toBe(listener !== undefined);
}

function listen(path: string, onText: (text: string) => void): Disposable {
  const server = Bun.listen({
    unix: path,
    socket: { data: (_socket, bytes) => onText(bytes.toString()) },
  });
  return { [Symbol.dispose]: () => server.stop(true) };
}

async function proveOperator(name: string): Promise<void> {
  const op = seccompOperators.find((each) => each === name);
  if (op === undefined) throw new Error(`No operator ${name}`);
  // busybox makes directories with mode 0777, 511; these hold for it and these do not.
  const values: Readonly<Record<string, readonly (readonly [number, number?])[]>> = {
    SCMP_CMP_EQ: [[511], [510]],
    SCMP_CMP_NE: [[510], [511]],
    SCMP_CMP_GE: [[511], [512]],
    SCMP_CMP_GT: [[510], [511]],
    SCMP_CMP_LE: [[511], [510]],
    SCMP_CMP_LT: [[512], [511]],
    SCMP_CMP_MASKED_EQ: [
      [0o700, 0o700],
      [0o700, 0o500],
    ],
  };
  const outcomes: string[] = [];
  for (const [value, valueTwo] of values[name] ?? []) {
    const arg = (index: number): LinuxSeccompArg =>
      valueTwo === undefined ? { index, value, op } : { index, value, valueTwo, op };
    const change = filter([
      { names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [arg(1)] },
      { names: ["mkdirat"], action: "SCMP_ACT_ERRNO", args: [arg(2)] },
    ]);
    outcomes.push((await run("mkdir /dev/shm/x 2>/dev/null; echo $?", change)).stdout.trim());
  }
  expect(outcomes).toEqual(["1", "0"]);
}

/** What a filter answers a program of an architecture, also of those that this machine does not run. */
function proveArchitecture(name: string): void {
  const tables = {
    SCMP_ARCH_X86_64: ["x86-64", "x86-64", 0],
    SCMP_ARCH_X86: ["x86", "x86-64", 0],
    SCMP_ARCH_X32: ["x32", "x86-64", 0x4000_0000],
    SCMP_ARCH_AARCH64: ["arm64", "arm64", 0],
    SCMP_ARCH_ARM: ["arm", "arm64", 0],
  } as const satisfies Partial<Record<SeccompArchitecture, unknown>>;
  const architecture = (Object.keys(tables) as (keyof typeof tables)[]).find(
    (each) => each === name,
  );
  if (architecture === undefined) throw new Error(`No architecture ${name}`);
  const [table, native, bits] = tables[architecture];
  const program = compileSeccomp(
    {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: [architecture],
      syscalls: [{ names: ["mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 7 }],
    },
    native,
  );
  const call = (text: string): number => {
    const nr = (callNumbers(table).get(text) ?? 0) + bits;
    return runFilter(program, { nr, arch: auditArchitecture(table).audit, args: [] }).returns;
  };
  expect([call("mkdirat"), call("openat")]).toEqual([0x0005_0007, 0x7fff_0000]);
}

async function proveFlag(name: string): Promise<void> {
  const flag = seccompFlags.find((each) => each === name);
  if (flag === undefined) throw new Error(`No flag ${name}`);
  const rules = [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" } as const];
  const { stdout } = await run(
    "grep Seccomp: /proc/self/status; mkdir /dev/shm/x 2>/dev/null; echo $?",
    filter(rules, { flags: [flag] }),
  );
  expect(stdout).toBe("Seccomp:\t2\n1\n");
}

/** A limit reaches the files of a tree of control groups that is one of memory. */
function proveTree(mode: "v1" | "v2"): void {
  const { kernel, id } = inTree(mode, { pids: { limit: 7 } });
  expect(kernel.file(mode === "v1" ? `pids/${id}/pids.max` : `${id}/pids.max`)).toBe("7");
}

function inTree(
  mode: "v1" | "v2",
  resources: NonNullable<Config["linux"]>["resources"] & object,
): {
  readonly kernel: FakeCgroupfs;
  readonly id: string;
} {
  const kernel = new FakeCgroupfs({ mode });
  const id = bundle.id();
  createCgroup(kernel, detectCgroupLayout(kernel), {
    id,
    path: `/${id}`,
    resources,
    rootless: false,
  });
  return { kernel, id };
}

function proveRdma(): void {
  const limit = { rdma: { mlx5: { hcaHandles: 3, hcaObjects: 1000 } } };
  const first = inTree("v1", limit);
  const second = inTree("v2", limit);
  const text = "mlx5 hca_handle=3 hca_object=1000";
  expect(first.kernel.file(`rdma/${first.id}/rdma.max`)).toBe(text);
  expect(second.kernel.file(`${second.id}/rdma.max`)).toBe(text);
}

/** Where no systemd runs, its absence is what is complained about; cgroups-systemd.kernel.test.ts has one that runs. */
async function proveSystemd(rootless: boolean): Promise<void> {
  const config = bundle.config("cat /proc/self/cgroup");
  const said = await bundle.run(config, { systemdCgroup: true, rootless }).then(
    ({ stdout }) => stdout,
    (error: Error) => error.message,
  );
  expect(said).toMatch(/bunc-test-[^ ]*\.scope|Cannot reach (the user's )?systemd|version [12]/);
}

async function proveMemoryPolicy(
  fields: NonNullable<Config["linux"]>["memoryPolicy"] & object,
): Promise<void> {
  const said = await refusal("true", linux({ memoryPolicy: fields }));
  const isThere = existsSync("/proc/self/numa_maps");
  // A mode or flag that the kernel is too old for is its refusal, not ours.
  expect(said).toMatch(
    isThere ? /^nothing was refused$|\/linux\/memoryPolicy/ : /\/linux\/memoryPolicy|nothing/,
  );
  const wrong = await refusal(
    "true",
    linux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "1000" } }),
  );
  expect(wrong).toContain("Cannot set the memory policy MPOL_BIND (/linux/memoryPolicy)");
}

async function proveIntelRdt(): Promise<void> {
  const resctrl = join(bundle.path, "resctrl");
  mkdirSync(join(resctrl, "mon_groups"), { recursive: true });
  mkdirSync(join(resctrl, "info"));
  writeFileSync(join(resctrl, "schemata"), "L3:0=7ff\n");
  const intelRdt = { closID: "gold", schemata: ["L3:0=f"], enableMonitoring: true };
  mkdirSync(join(resctrl, "gold/mon_groups"), { recursive: true });
  writeFileSync(join(resctrl, "gold/schemata"), "L3:0=f\n");
  const container = await bundle.create(bundle.config("exec sleep 1000", linux({ intelRdt })), {
    resctrl,
  });
  const group = join(resctrl, "gold/mon_groups", container.id);
  expect(readFileSync(join(resctrl, "gold/tasks"), "utf8")).toBe("0");
  expect(readFileSync(join(group, "tasks"), "utf8")).toBe("0");
  rmSync(join(group, "tasks"));
  await container.delete({ force: true });
  expect(existsSync(group)).toBe(false);
  rmSync(resctrl, { recursive: true });
}

async function proveUnsafeAnnotation(name: string): Promise<void> {
  const annotations = { [name]: "relative" };
  if (name === "run.oci.keep_original_groups") {
    const groups = /^Groups:\t(.*)$/m.exec(status)?.[1]?.trim() ?? "";
    const { stdout } = await run("grep ^Groups: /proc/self/status", (config) => ({
      ...config,
      annotations,
    }));
    expect(stdout.replace("Groups:", "").trim()).toBe(groups);
  } else if (name === "org.systemd.property.") {
    const config = bundle.config("true", (base) => ({
      ...base,
      annotations: { [`${name}CollectMode`]: "nonsense" },
    }));
    const said = await bundle.run(config, { systemdCgroup: true }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(said).toMatch(/CollectMode|systemd/);
  } else if (name === "run.oci.systemd.subgroup" || name === "run.oci.delegate-cgroup") {
    const config = bundle.config("true", (base) => ({ ...base, annotations: { [name]: "a/b" } }));
    await expect(bundle.run(config, { systemdCgroup: true })).rejects.toThrow(
      `/annotations/${name}`,
    );
  } else if (name === "run.oci.pidfd_receiver") {
    // The command line sends it, not the library.
    expect(() => pidfdReceiverOf({ ociVersion: "1.3.0", annotations })).toThrow(
      `/annotations/${name}`,
    );
    expect(pidfdReceiverOf({ ociVersion: "1.3.0", annotations: { [name]: "/x" } })).toBe("/x");
  } else {
    const change: Change = (config) =>
      filter([{ names: ["mkdir"], action: "SCMP_ACT_LOG" }])({ ...config, annotations });
    expect(await refusal("true", change)).toContain(`/annotations/${name}`);
  }
}

const proveFilter: Proof = () => proveFlag("SECCOMP_FILTER_FLAG_LOG");
const proveVersion: Proof = async (ociVersion) => {
  expect((await run("true", (config) => ({ ...config, ociVersion }))).status).toBe(0);
};

/** How each claim is proved, by its place in the document. */
const proofs: Readonly<Record<string, Proof>> = {
  ociVersionMin: proveVersion,
  ociVersionMax: proveVersion,
  "hooks[]": proveHook,
  "mountOptions[]": proveMountOption,
  "linux/namespaces[]": proveNamespace,
  "linux/capabilities[]": proveCapability,
  "linux/cgroup/v1": () => proveTree("v1"),
  "linux/cgroup/v2": () => proveTree("v2"),
  "linux/cgroup/systemd": () => proveSystemd(false),
  "linux/cgroup/systemdUser": () => proveSystemd(true),
  "linux/cgroup/rdma": proveRdma,
  "linux/seccomp/enabled": proveFilter,
  "linux/seccomp/actions[]": proveAction,
  "linux/seccomp/operators[]": proveOperator,
  "linux/seccomp/archs[]": proveArchitecture,
  "linux/seccomp/knownFlags[]": proveFlag,
  "linux/seccomp/supportedFlags[]": proveFlag,
  "linux/apparmor/enabled": async () => {
    const fields = { apparmorProfile: "ctr-test-missing" };
    const said = await refusal("true", (config) => withProcess(config, fields));
    expect(said).toContain(
      'Cannot apply the AppArmor profile "ctr-test-missing" (/process/apparmorProfile)',
    );
  },
  "linux/selinux/enabled": async () => {
    const said = await refusal("true", (config) =>
      withProcess(config, { selinuxLabel: "no:such:label" }),
    );
    expect(said).toContain("no:such:label");
  },
  "linux/intelRdt/enabled": proveIntelRdt,
  "linux/intelRdt/schemata": proveIntelRdt,
  "linux/intelRdt/monitoring": proveIntelRdt,
  "linux/memoryPolicy/modes[]": (name) => {
    const mode = memoryPolicyModes.find((each) => each === name);
    if (mode === undefined) throw new Error(`No mode ${name}`);
    const nodes = mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL" ? {} : { nodes: "0" };
    return proveMemoryPolicy({ mode, ...nodes });
  },
  "linux/memoryPolicy/flags[]": (name) => {
    const flag = memoryPolicyFlags.find((each) => each === name);
    if (flag === undefined) throw new Error(`No flag ${name}`);
    return proveMemoryPolicy({ mode: "MPOL_BIND", nodes: "0", flags: [flag] });
  },
  "linux/mountExtensions/idmap/enabled": () => proveMountOption("idmap"),
  "linux/netDevices/enabled": async () => {
    const said = await refusal("true", linux({ netDevices: { "ctr-missing": {} } }));
    expect(said).toContain("/linux/netDevices/ctr-missing");
  },
  "annotations/dev.ctr.bunc.version": (version) => {
    expect(version).toBe(manifest.version);
  },
  "potentiallyUnsafeConfigAnnotations[]": proveUnsafeAnnotation,
};

const claims = claimsOf(document);

describe("the features document", () => {
  test("is of the published form, its fields in the order of runc's", () => {
    expect(checkFeatures(JSON.parse(JSON.stringify(document)))).toEqual(document);
    const order =
      "ociVersionMin ociVersionMax hooks mountOptions linux annotations potentiallyUnsafeConfigAnnotations";
    expect(Object.keys(document)).toEqual(order.split(" "));
    const sections =
      "namespaces capabilities cgroup seccomp apparmor selinux intelRdt memoryPolicy mountExtensions netDevices";
    expect(Object.keys(document.linux ?? {})).toEqual(sections.split(" "));
  });

  test("has a proof for each of its places, and no place without", () => {
    expect([...new Set(claims.map(([path]) => path))].sort()).toEqual(Object.keys(proofs).sort());
  });

  test.each(claims.map(([path, value]) => [path, value]))("%s: %p", async (path, value) => {
    if (typeof value === "boolean") expect(value).toBe(true);
    const proof = proofs[String(path)];
    if (proof === undefined) throw new Error(`Nothing proves ${path}`);
    await proof(String(value));
  });
});
