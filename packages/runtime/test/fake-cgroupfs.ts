import {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  SystemCallError,
} from "../src/kernel/kernel.ts";
import type { ErrnoName } from "../src/machine/errno.ts";
import type { SyscallName } from "../src/machine/syscalls.ts";

const v1Files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cpu: {
    "cpu.shares": "1024",
    "cpu.cfs_period_us": "100000",
    "cpu.cfs_quota_us": "-1",
    "cpu.cfs_burst_us": "0",
    "cpu.idle": "0",
    "cpu.rt_period_us": "1000000",
    "cpu.rt_runtime_us": "0",
    "cpu.stat": "nr_periods 3\nnr_throttled 2\nthrottled_time 1000\n",
  },
  cpuacct: {
    "cpuacct.usage": "5000000",
    "cpuacct.stat": "user 3\nsystem 2\n",
    "cpuacct.usage_percpu": "2000000 3000000 \n",
    "cpuacct.usage_all": "cpu user system\n0 1500000 500000\n1 2000000 1000000\n",
  },
  cpuset: {
    "cpuset.cpus": "",
    "cpuset.mems": "",
    "cpuset.cpu_exclusive": "0",
    "cpuset.sched_load_balance": "1",
    "cpuset.sched_relax_domain_level": "-1",
  },
  memory: {
    "memory.limit_in_bytes": "9223372036854771712",
    "memory.memsw.limit_in_bytes": "9223372036854771712",
    "memory.soft_limit_in_bytes": "9223372036854771712",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
    "memory.swappiness": "60",
    "memory.usage_in_bytes": "1048576",
    "memory.max_usage_in_bytes": "2097152",
    "memory.failcnt": "7",
    "memory.memsw.usage_in_bytes": "1048576",
    "memory.memsw.max_usage_in_bytes": "2097152",
    "memory.memsw.failcnt": "0",
    "memory.use_hierarchy": "1",
    "memory.stat": "cache 4096\nrss 8192\n",
  },
  devices: { "devices.list": "a *:* rwm\n", "devices.allow": "", "devices.deny": "" },
  freezer: { "freezer.state": "THAWED\n", "freezer.self_freezing": "0\n" },
  blkio: {
    "blkio.bfq.weight": "100",
    "blkio.bfq.weight_device": "",
    "blkio.throttle.read_bps_device": "",
    "blkio.throttle.write_bps_device": "",
    "blkio.throttle.read_iops_device": "",
    "blkio.throttle.write_iops_device": "",
    "blkio.throttle.io_serviced_recursive": "8:0 Read 4\n8:0 Write 5\nTotal 9\n",
    "blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\n8:0 Write 8192\nTotal 12288\n",
  },
  pids: { "pids.max": "max", "pids.current": "2" },
  net_cls: { "net_cls.classid": "0" },
  net_prio: { "net_prio.ifpriomap": "lo 0\n" },
  rdma: {
    "rdma.max": "mlx5 hca_handle=max hca_object=max\n",
    "rdma.current": "mlx5 hca_handle=1 hca_object=2\n",
  },
  hugetlb: { "hugetlb.2MB.limit_in_bytes": "0", "hugetlb.2MB.rsvd.limit_in_bytes": "0" },
  "name=systemd": {},
};

const v2Files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cpu: { "cpu.weight": "100", "cpu.max": "max 100000", "cpu.max.burst": "0", "cpu.idle": "0" },
  cpuset: { "cpuset.cpus": "", "cpuset.mems": "" },
  memory: {
    "memory.max": "max",
    "memory.low": "0",
    "memory.high": "max",
    "memory.swap.max": "max",
    "memory.current": "1048576",
    "memory.peak": "2097152",
    "memory.swap.current": "4096",
    "memory.swap.peak": "8192",
    "memory.stat": "anon 8192\nfile 4096\n",
    "memory.events": "low 0\noom 0\noom_kill 0\n",
    "memory.pressure":
      "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n",
  },
  io: {
    "io.weight": "default 100",
    "io.max": "",
    "io.stat": "8:0 rbytes=4096 wbytes=8192 rios=4 wios=5 dbytes=0 dios=0\n",
  },
  pids: { "pids.max": "max", "pids.current": "2" },
  hugetlb: { "hugetlb.2MB.max": "max", "hugetlb.2MB.rsvd.max": "max" },
  rdma: { "rdma.max": "", "rdma.current": "" },
};

const v2Core: Readonly<Record<string, string>> = {
  "cgroup.controllers": "",
  "cgroup.subtree_control": "",
  "cgroup.type": "domain",
  "cgroup.freeze": "0",
  "cgroup.events": "populated 0\nfrozen 0\n",
  "cgroup.kill": "",
  "cpu.stat":
    "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 3\nnr_throttled 2\nthrottled_usec 1\n",
};

/** What a fake machine has. */
export interface FakeMachine {
  readonly mode: "v1" | "hybrid" | "v2";
  /** @default all that the fake knows */
  readonly controllers?: readonly string[];
  /** Text of /proc/self/cgroup. @default our process is in the root cgroups */
  readonly own?: string;
  /** Text of /proc/self/uid_map. @default the first user namespace */
  readonly uidMap?: string;
}

interface Handle {
  readonly path: string;
  read: boolean;
}

/** Control groups in memory: behaves like the kernel's files, as far as the tests of limits look. */
export class FakeCgroupfs implements Kernel {
  /** Every directory with its files. */
  readonly directories: Map<string, Map<string, string>> = new Map();
  /** What was written, in order: path below /sys/fs/cgroup and text. */
  readonly writes: [path: string, text: string][] = [];
  /** Makes calls fail: asked for each path that is written, made or removed. */
  refuse: (call: SyscallName, path: string, text?: string) => ErrnoName | undefined = () =>
    undefined;
  /** System calls other than those on files, such as bpf and kill. */
  readonly others: SyscallName[] = [];
  readonly #handles: Map<number, Handle> = new Map();
  readonly #files: Map<string, string> = new Map();
  readonly #machine: FakeMachine;

  /** Mount points that something else has been mounted over, further up. */
  readonly covered: Set<string> = new Set();

  constructor(machine: FakeMachine) {
    this.#machine = machine;
    const controllers =
      machine.controllers ?? Object.keys(machine.mode === "v2" ? v2Files : v1Files);
    const mounts: string[] = ["1 0 0:1 / / rw - ext4 /dev/root rw"];
    const root = "/sys/fs/cgroup";
    if (machine.mode === "v2") {
      mounts.push(`2 1 0:2 / ${root} rw - cgroup2 cgroup2 rw,nsdelegate`);
      this.#addDirectory(root, { "cgroup.controllers": controllers.join(" ") });
    } else {
      for (const controller of controllers) {
        const directory = `${root}/${controller.replace("name=", "")}`;
        mounts.push(`2 1 0:2 / ${directory} rw shared:1 - cgroup cgroup rw,xattr,${controller}`);
        this.#addDirectory(directory, v1Files[controller] ?? {});
        if (controller === "cpuset")
          this.#set(directory, { "cpuset.cpus": "0-3", "cpuset.mems": "0" });
      }
      if (machine.mode === "hybrid") {
        mounts.push(`3 1 0:3 / ${root}/unified rw - cgroup2 cgroup2 rw`);
        this.#addDirectory(`${root}/unified`, v2Core);
      }
    }
    this.#files.set("/proc/self/mountinfo", `${mounts.join("\n")}\n`);
    const own = controllers.map((name, index) => `${index + 1}:${name}:/`);
    this.#files.set("/proc/self/cgroup", machine.own ?? `${[...own, "0::/"].join("\n")}\n`);
    this.#files.set("/proc/self/uid_map", machine.uidMap ?? "         0          0 4294967295\n");
  }

  /** Reads a file below /sys/fs/cgroup. */
  file(path: string): string | undefined {
    const at = path.lastIndexOf("/");
    return this.directories.get(`/sys/fs/cgroup/${path.slice(0, at)}`)?.get(path.slice(at + 1));
  }

  /** Sets files of a directory below /sys/fs/cgroup without any of the kernel's rules; `undefined` removes one. */
  override(directory: string, files: Readonly<Record<string, string | undefined>>): void {
    for (const [name, text] of Object.entries(files)) {
      const known = this.directories.get(`/sys/fs/cgroup/${directory}`);
      if (text === undefined) known?.delete(name);
      else known?.set(name, text);
    }
  }

  /** Adds a directory below /sys/fs/cgroup as mkdir(2) does. */
  make(directory: string): void {
    this.call("mkdirat", -100, `/sys/fs/cgroup/${directory}`, 0o755);
  }

  call(name: SyscallName, ...args: readonly KernelArg[]): number {
    switch (name) {
      case "openat":
        return this.#open(String(args[1]));
      case "read":
        return this.#read(Number(args[0]), args[1] as Uint8Array);
      case "write":
        return this.#write(Number(args[0]), args[1] as Uint8Array, Number(args[2]));
      case "close":
        this.#handles.delete(Number(args[0]));
        return 0;
      case "faccessat2":
        if (!this.#exists(String(args[1]))) throw new SystemCallError(name, "ENOENT");
        return 0;
      case "statfs":
        return this.#statfs(String(args[0]), args[1] as Uint8Array);
      case "mkdirat":
        return this.#mkdir(String(args[1]));
      case "unlinkat":
        return this.#rmdir(String(args[1]));
      case "getdents64":
        return this.#list(Number(args[0]), args[1] as Uint8Array);
      default:
        this.others.push(name);
        return name === "bpf" ? 100 : 0;
    }
  }

  launch(): LaunchedProcess {
    throw new Error("nothing is launched here");
  }

  #set(directory: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files))
      this.directories.get(directory)?.set(name, text);
  }

  #addDirectory(path: string, files: Readonly<Record<string, string>>): void {
    const core = this.#machine.mode === "v2" ? v2Core : { tasks: "" };
    this.directories.set(path, new Map(Object.entries({ "cgroup.procs": "", ...core, ...files })));
  }

  #exists(path: string): boolean {
    const at = path.lastIndexOf("/");
    return (
      this.#files.has(path) ||
      this.directories.has(path) ||
      this.directories.get(path.slice(0, at))?.has(path.slice(at + 1)) === true
    );
  }

  /** Fills in the type of the file system; of what is covered by something else, that of a tmpfs. */
  #statfs(path: string, buffer: Uint8Array): number {
    const version2 = this.#machine.mode === "v2" || path.endsWith("/unified");
    const type = this.covered.has(path) ? 0x1021994 : version2 ? 0x63677270 : 0x27e0eb;
    new DataView(buffer.buffer, buffer.byteOffset).setUint32(0, type, true);
    return 0;
  }

  #open(path: string): number {
    if (!this.#exists(path)) throw new SystemCallError("openat", "ENOENT");
    const errno = this.refuse("openat", path);
    if (errno !== undefined) throw new SystemCallError("openat", errno);
    const number = 10 + this.#handles.size;
    let free = number;
    while (this.#handles.has(free)) free++;
    this.#handles.set(free, { path, read: false });
    return free;
  }

  #text(path: string): string {
    const at = path.lastIndexOf("/");
    return (
      this.#files.get(path) ??
      this.directories.get(path.slice(0, at))?.get(path.slice(at + 1)) ??
      ""
    );
  }

  #read(descriptor: number, buffer: Uint8Array): number {
    const handle = this.#handles.get(descriptor);
    if (handle === undefined) throw new SystemCallError("read", "EBADF");
    if (handle.read) return 0;
    handle.read = true;
    return new TextEncoder().encodeInto(this.#text(handle.path), buffer).written;
  }

  #write(descriptor: number, bytes: Uint8Array, length: number): number {
    const handle = this.#handles.get(descriptor);
    if (handle === undefined) throw new SystemCallError("write", "EBADF");
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    const { path } = handle;
    const errno = this.refuse("write", path, text);
    if (errno !== undefined) throw new SystemCallError("write", errno);
    const at = path.lastIndexOf("/");
    this.#take(path.slice(0, at), path.slice(at + 1), text);
    this.writes.push([path.replace("/sys/fs/cgroup/", ""), text]);
    return length;
  }

  /** What the kernel makes of what is written. */
  #take(directory: string, name: string, text: string): void {
    const files = this.directories.get(directory) ?? new Map<string, string>();
    const check = (fine: boolean): void => {
      if (!fine) throw new SystemCallError("write", "EINVAL");
    };
    const unlimited = "9223372036854771712";
    const bytes = (value: string): bigint => BigInt(value === "-1" ? unlimited : value);
    switch (name) {
      case "memory.limit_in_bytes":
        check(bytes(text) <= BigInt(files.get("memory.memsw.limit_in_bytes") ?? unlimited));
        files.set(name, String(bytes(text)));
        break;
      case "memory.memsw.limit_in_bytes":
        check(bytes(text) >= BigInt(files.get("memory.limit_in_bytes") ?? 0));
        files.set(name, String(bytes(text)));
        break;
      case "cpu.shares":
        files.set(name, String(Math.min(Math.max(Number(text), 2), 262_144)));
        break;
      case "cpu.cfs_burst_us":
        check(fits(text, files.get("cpu.cfs_quota_us")));
        files.set(name, text);
        break;
      case "cpu.max.burst":
        check(fits(text, files.get("cpu.max")?.split(" ")[0]));
        files.set(name, text);
        break;
      case "cgroup.subtree_control":
        this.#enable(directory, files, text, check);
        break;
      case "freezer.state":
        files.set(name, `${text}\n`);
        files.set("freezer.self_freezing", text === "FROZEN" ? "1\n" : "0\n");
        break;
      case "cgroup.freeze":
        files.set(name, text);
        files.set("cgroup.events", `populated 0\nfrozen ${text}\n`);
        break;
      case "devices.allow":
      case "devices.deny":
        files.set("devices.list", changeDevices(files.get("devices.list") ?? "", name, text));
        break;
      default:
        files.set(name, text);
    }
  }

  #enable(
    directory: string,
    files: Map<string, string>,
    text: string,
    check: (fine: boolean) => void,
  ): void {
    const wanted = text.split(" ").map((word) => word.slice(1));
    const available = files.get("cgroup.controllers")?.split(" ") ?? [];
    check(wanted.every((controller) => available.includes(controller)));
    const enabled = new Set([
      ...(files.get("cgroup.subtree_control")?.split(" ") ?? []),
      ...wanted,
    ]);
    enabled.delete("");
    files.set("cgroup.subtree_control", [...enabled].join(" "));
    for (const child of this.directories.keys()) {
      if (child.startsWith(`${directory}/`) && !child.slice(directory.length + 1).includes("/")) {
        this.#giveControllers(child, [...enabled]);
      }
    }
  }

  #giveControllers(directory: string, controllers: readonly string[]): void {
    const files: Record<string, string> = { "cgroup.controllers": controllers.join(" ") };
    for (const controller of controllers) Object.assign(files, v2Files[controller]);
    this.#set(directory, files);
  }

  #mkdir(path: string): number {
    if (this.directories.has(path)) throw new SystemCallError("mkdirat", "EEXIST");
    const errno = this.refuse("mkdirat", path);
    if (errno !== undefined) throw new SystemCallError("mkdirat", errno);
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!this.directories.has(parent)) throw new SystemCallError("mkdirat", "ENOENT");
    if (this.#machine.mode === "v2") {
      this.#addDirectory(path, {});
      const enabled = this.directories.get(parent)?.get("cgroup.subtree_control") ?? "";
      this.#giveControllers(path, enabled === "" ? [] : enabled.split(" "));
    } else {
      const name = path.split("/")[4] ?? "";
      const inherited = { "devices.list": this.#text(`${parent}/devices.list`) };
      const known = v1Files[name] ?? v1Files[`name=${name}`] ?? v2Core;
      this.#addDirectory(path, { ...known, ...(name === "devices" ? inherited : {}) });
    }
    return 0;
  }

  #rmdir(path: string): number {
    if (!this.directories.has(path)) throw new SystemCallError("unlinkat", "ENOENT");
    const errno = this.refuse("unlinkat", path);
    const children = [...this.directories.keys()].filter((each) => each.startsWith(`${path}/`));
    if (errno !== undefined || children.length > 0)
      throw new SystemCallError("unlinkat", errno ?? "EBUSY");
    this.directories.delete(path);
    return 0;
  }

  #list(descriptor: number, buffer: Uint8Array): number {
    const handle = this.#handles.get(descriptor);
    if (handle === undefined || handle.read) return 0;
    handle.read = true;
    const view = new DataView(buffer.buffer, buffer.byteOffset);
    let at = 0;
    const entry = (name: string, type: number): void => {
      const size = Math.ceil((20 + name.length) / 8) * 8;
      view.setUint16(at + 16, size, true);
      view.setUint8(at + 18, type);
      buffer.fill(0, at + 19, at + size);
      new TextEncoder().encodeInto(name, buffer.subarray(at + 19));
      at += size;
    };
    for (const child of this.directories.keys()) {
      const name = child.slice(handle.path.length + 1);
      if (child.startsWith(`${handle.path}/`) && !name.includes("/")) entry(name, 4);
    }
    for (const name of this.directories.get(handle.path)?.keys() ?? []) entry(name, 8);
    return at;
  }
}

/** A burst may not be above the quota, when there is one. */
function fits(burst: string, quota: string | undefined): boolean {
  return quota === "-1" || quota === "max" || Number(burst) <= Number(quota);
}

function changeDevices(list: string, file: string, text: string): string {
  if (text.startsWith("a")) return file === "devices.allow" ? "a *:* rwm\n" : "";
  const [type, numbers, letters = ""] = text.split(" ");
  const rules = new Map(
    list
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]),
  );
  if (rules.has("a *:*")) return list;
  const key = `${type} ${numbers}`;
  const old = rules.get(key) ?? "";
  const merged = [..."rwm"].filter((letter) =>
    file === "devices.allow"
      ? (old + letters).includes(letter)
      : old.includes(letter) && !letters.includes(letter),
  );
  if (merged.length === 0) rules.delete(key);
  else rules.set(key, merged.join(""));
  return [...rules].map(([rule, access]) => `${rule} ${access}\n`).join("");
}
