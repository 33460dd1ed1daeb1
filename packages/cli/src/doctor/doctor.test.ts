import { describe, expect, test } from "bun:test";
import { formatFindings } from "../commands/doctor.ts";
import { checkCgroups } from "./cgroups.ts";
import type { Finding } from "./finding.ts";
import type { Host } from "./host.ts";
import { checkKernel } from "./kernel.ts";
import { checkPrivileges } from "./privileges.ts";
import { checkPrograms } from "./programs.ts";

const cgroup2 = 0x63677270;
const namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/** Another machine: files by path, programs on PATH, file systems by path. */
interface Machine {
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: Readonly<Record<string, readonly string[]>>;
  readonly programs?: readonly string[];
  readonly fileSystems?: Readonly<Record<string, number>>;
  readonly writable?: readonly string[];
  readonly host?: Partial<Host>;
}

function machine(given: Machine): Host {
  const files: Readonly<Record<string, string>> = {
    ...Object.fromEntries(namespaces.map((name) => [`/proc/self/ns/${name}`, ""])),
    "/proc/sys/kernel/seccomp/actions_avail": "kill_process errno allow\n",
    "/proc/sys/user/max_user_namespaces": "15000\n",
    "/proc/self/status": "Name:\tctr\nCapEff:\t000001ffffffffff\n",
    ...given.files,
  };
  return {
    architecture: "x64",
    kernelRelease: "6.18.0",
    uid: 0,
    environment: {},
    readText: (path) => files[path],
    exists: (path) => Object.hasOwn(files, path) || Object.hasOwn(given.directories ?? {}, path),
    isWritable: (path) => given.writable?.includes(path) ?? false,
    list: (path) => given.directories?.[path] ?? [],
    fileSystemType: (path) => given.fileSystems?.[path],
    which: (program) => (given.programs?.includes(program) ? `/usr/bin/${program}` : undefined),
    firstLine: ([path]) => `${path?.split("/").at(-1)} 1.0`,
    ...given.host,
  };
}

/** What is not as it should be, as `LEVEL name: found`. */
function complaints(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level !== "ok")
    .map(({ name, level, found }) => `${level} ${name}: ${found}`);
}

describe("the kernel", () => {
  test("of today is fine", () => {
    expect(complaints(checkKernel(machine({})))).toEqual([]);
  });

  test.each(["5.11.22-generic", "4.19.0", "2.6.32"])("%p is too old", (kernelRelease) => {
    expect(complaints(checkKernel(machine({ host: { kernelRelease } })))).toEqual([
      `error Kernel: ${kernelRelease}`,
    ]);
  });

  test.each(["5.12.0", "6.0", "10.1.2"])("%p is new enough", (kernelRelease) => {
    expect(complaints(checkKernel(machine({ host: { kernelRelease } })))).toEqual([]);
  });

  test("of another architecture cannot run init programs", () => {
    expect(complaints(checkKernel(machine({ host: { architecture: "riscv64" } })))).toEqual([
      "error Architecture: riscv64",
    ]);
  });

  test("without time namespaces or seccomp runs what does not ask for them", () => {
    const host = machine({});
    const lacking: Host = {
      ...host,
      exists: (path) => path !== "/proc/self/ns/time" && host.exists(path),
      readText: () => undefined,
    };

    expect(complaints(checkKernel(lacking))).toEqual([
      "warning Namespaces: no time",
      "warning Seccomp: not there",
    ]);
  });

  test("that forbids memfds to be executed is said", () => {
    const files = { "/proc/sys/vm/memfd_noexec": "2\n" };

    expect(complaints(checkKernel(machine({ files })))).toEqual([
      "warning Memfd execution: forbidden (vm.memfd_noexec is 2)",
    ]);
  });

  test("needs the JIT", () => {
    const environment = { BUN_JSC_useJIT: "0" };

    expect(complaints(checkKernel(machine({ host: { environment } })))).toEqual([
      "error Bun's JIT: turned off by BUN_JSC_useJIT=0",
    ]);
  });
});

describe("cgroups", () => {
  test("of version 2 with every controller are fine", () => {
    const findings = checkCgroups(
      machine({
        directories: { "/sys/fs/cgroup": [] },
        fileSystems: { "/sys/fs/cgroup": cgroup2 },
        files: { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n" },
      }),
    );

    expect(findings).toEqual([
      { name: "Cgroups", level: "ok", found: "version 2: cpuset cpu io memory pids" },
    ]);
  });

  test("of version 2 that are not delegated leave an ordinary user without limits", () => {
    const findings = checkCgroups(
      machine({
        host: { uid: 1000 },
        directories: { "/sys/fs/cgroup": [] },
        fileSystems: { "/sys/fs/cgroup": cgroup2 },
        files: {
          "/proc/self/cgroup": "0::/user.slice\n",
          "/sys/fs/cgroup/user.slice/cgroup.controllers": "memory pids\n",
        },
      }),
    );

    expect(complaints(findings)).toEqual([
      "warning Cgroups: version 2 without cpu, cpuset",
      "warning Cgroup delegation: /sys/fs/cgroup/user.slice is not ours",
    ]);
  });

  test("of version 1 are told from hybrid ones, and what is not mounted is said", () => {
    const mounted = ["cpu,cpuacct", "memory", "pids", "devices", "systemd"];
    const findings = checkCgroups(
      machine({
        directories: { "/sys/fs/cgroup": [...mounted, "cpu", "unified"] },
        fileSystems: { "/sys/fs/cgroup/unified": cgroup2 },
        files: Object.fromEntries(
          mounted.map((name) => [`/sys/fs/cgroup/${name}/cgroup.procs`, ""]),
        ),
      }),
    );

    expect(complaints(findings)).toEqual([
      "warning Cgroups: version 1 with a version 2 hierarchy, without cpuset",
    ]);
  });

  test("that are not mounted are an error", () => {
    expect(complaints(checkCgroups(machine({})))).toEqual(["error Cgroups: no /sys/fs/cgroup"]);
    expect(complaints(checkCgroups(machine({ directories: { "/sys/fs/cgroup": [] } })))).toEqual([
      "error Cgroups: nothing is mounted below /sys/fs/cgroup",
    ]);
  });
});

describe("privileges", () => {
  test("of root are fine, unless capabilities are missing", () => {
    expect(complaints(checkPrivileges(machine({})))).toEqual([]);
    const files = { "/proc/self/status": "CapEff:\t000001fffeffffff\n" };
    expect(complaints(checkPrivileges(machine({ files })))).toEqual([
      "warning Privileges: root without CAP_SYS_RESOURCE",
    ]);
    const none = { "/proc/self/status": "CapEff:\t0000000000000000\n" };
    expect(checkPrivileges(machine({ files: none }))[0]?.level).toBe("error");
  });

  test("of an ordinary user with everything set up are fine", () => {
    const findings = checkPrivileges(
      machine({
        host: { uid: 1000, environment: { USER: "ann", XDG_RUNTIME_DIR: "/run/user/1000" } },
        programs: ["newuidmap", "newgidmap"],
        writable: ["/run/user/1000"],
        files: {
          "/etc/subuid": "bob:1:2\nann:100000:65536\n",
          "/etc/subgid": "1000:100000:65536\n",
        },
      }),
    );

    expect(complaints(findings)).toEqual([]);
  });

  test("of an ordinary user with nothing set up are explained", () => {
    const files = { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n" };

    expect(complaints(checkPrivileges(machine({ host: { uid: 1000 }, files })))).toEqual([
      "error User namespaces: restricted by AppArmor",
      "warning User and group ids: no newuidmap, newgidmap",
      "error Runtime directory: XDG_RUNTIME_DIR is not set",
    ]);
  });

  test.each([
    [{ "/proc/sys/user/max_user_namespaces": "0\n" }, "none allowed"],
    [{ "/proc/sys/kernel/unprivileged_userns_clone": "0\n" }, "root only"],
  ])("user namespaces can be turned off: %p", (files, found) => {
    expect(complaints(checkPrivileges(machine({ host: { uid: 1000 }, files })))[0]).toBe(
      `error User namespaces: ${found}`,
    );
  });
});

test("programs that nothing needs are missing, not wrong", () => {
  const findings = checkPrograms(machine({ programs: ["runc", "criu"] }));

  expect(complaints(findings).every((text) => text.startsWith("missing"))).toBe(true);
  expect(findings.at(-1)).toEqual({ name: "Other runtimes", level: "ok", found: "runc 1.0" });
});

test("formatFindings() puts a hint below what it is about, in line with it", () => {
  expect(
    formatFindings([
      { name: "Kernel", level: "ok", found: "6.18" },
      { name: "Cgroups", level: "error", found: "none", hint: "Mount it" },
    ]),
  ).toBe("ok    Kernel   6.18\nFAIL  Cgroups  none\n               Mount it\n");
});
