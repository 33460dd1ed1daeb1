import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createInput, processInput, seccomp } from "../../test/plan-input.ts";
import { planLines } from "../../test/plan-lines.ts";
import { createInputs } from "../../test/random-plan-input.ts";
import type { Program, Step, SyscallStep } from "../program/step.ts";
import { planCreate } from "./create.ts";
import { planNamespaces } from "./linux/namespaces.ts";

/** Everything that a program does for these fields of config.json, in its order, each once. */
function origins(program: Program): string[] {
  return [...new Set(program.steps.flatMap((step) => ("origin" in step ? [step.origin] : [])))];
}

/** Where the first step stands that matches. */
function find(program: Program, pattern: RegExp, last = false): number {
  const lines = planLines(program.steps);
  const place = last
    ? lines.findLastIndex((line) => pattern.test(line))
    : lines.findIndex((line) => pattern.test(line));
  if (place < 0) throw new Error(`No step matches ${pattern}:\n${lines.join("\n")}`);
  return place;
}

const everything = createInput(
  {
    hostname: "web",
    domainname: "example",
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc" },
      { destination: "/data", type: "bind", source: "/data" },
    ],
    hooks: {
      createRuntime: [{ path: "/bin/true" }],
      createContainer: [{ path: "/bin/true" }],
      startContainer: [{ path: "/bin/true" }],
    },
    process: {
      cwd: "/srv",
      args: ["sh"],
      env: ["PATH=/bin"],
      terminal: true,
      consoleSize: { height: 25, width: 80 },
      user: { uid: 1000, gid: 1000, umask: 0, additionalGids: [5] },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
      noNewPrivileges: true,
      apparmorProfile: "profile",
      selinuxLabel: "label",
      oomScoreAdj: 100,
      ioPriority: { class: "IOPRIO_CLASS_IDLE" },
      scheduler: { policy: "SCHED_BATCH" },
      capabilities: { ambient: ["CAP_KILL"] },
    },
    linux: {
      namespaces: [
        { type: "mount" },
        { type: "pid" },
        { type: "network" },
        { type: "cgroup" },
        { type: "uts" },
        { type: "time" },
      ],
      cgroupsPath: "/web",
      devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229 }],
      sysctl: { "net.ipv4.ip_forward": "1" },
      maskedPaths: ["/proc/kcore"],
      readonlyPaths: ["/proc/sys"],
      rootfsPropagation: "slave",
      personality: { domain: "LINUX" },
      memoryPolicy: { mode: "MPOL_LOCAL" },
      timeOffsets: { monotonic: { secs: 1 } },
    },
  },
  { cgroupJoins: 1, seccomp, runtimeHooks: true, containerHooks: true },
);

describe("planCreate()", () => {
  test("does what each field asks for, in the order that the program's head draws", () => {
    expect(origins(planCreate(everything)).filter((origin) => origin !== "")).toEqual([
      "/process/oomScoreAdj",
      "/linux/cgroupsPath",
      "/linux/namespaces",
      "/linux/timeOffsets",
      "/process/selinuxLabel",
      "/linux/rootfsPropagation",
      "/root/path",
      "/mounts/0",
      "/mounts/1",
      "/linux/devices/0",
      "/process/terminal",
      "/process/consoleSize",
      "/process",
      "/process/cwd",
      "/hooks/createContainer/0",
      "/linux/sysctl/net.ipv4.ip_forward",
      "/linux/readonlyPaths/0",
      "/linux/maskedPaths",
      "/linux/maskedPaths/0",
      "/root/readonly",
      "/hostname",
      "/domainname",
      "/linux/personality",
      "/linux/memoryPolicy",
      "/process/apparmorProfile",
      "/process/scheduler",
      "/process/ioPriority",
      "/process/noNewPrivileges",
      "/process/rlimits/0",
      "/process/capabilities/bounding",
      "/process/capabilities",
      "/process/user/additionalGids",
      "/process/user/gid",
      "/process/user/uid",
      "/process/capabilities/ambient",
      "/process/user/umask",
      "/process/args",
      "/linux/seccomp",
      "/hooks/startContainer/0",
    ]);
  });

  test("of next to nothing is short", () => {
    const lines = planLines(planCreate(createInput()).steps).filter(
      (line) => !/capabilities|\/process\/user|mknodat|symlinkat/.test(line),
    );

    expect(lines).toMatchInlineSnapshot(`
      [
        "close_range(3, 0xffffffff, CLOSE_RANGE_CLOEXEC)",
        "prctl(PR_SET_NAME, "bunc:init", 0, 0, 0)",
        "$proc = openat(AT_FDCWD, "/proc", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
        "umask(0)",
        "sched_setaffinity(0, 1024, bytes(1024, sha256 5f4ecdb7b71c3e40))  ok EINVAL EPERM",
        "setsid()",
        "$keyring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.web")  ENOSYS -> keyring:none",
        "keyctl(KEYCTL_SETPERM, $keyring, 0x3f1b0000)",
        "keyring:none:",
        "/linux/rootfsPropagation: mount(0, "/", 0, MS_SLAVE|MS_REC, 0)",
        "/root/path: $rootfs = open_tree(AT_FDCWD, "/bundle/rootfs", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)",
        "/root/path: move_mount($rootfs, "", AT_FDCWD, "/bundle/rootfs", MOVE_MOUNT_F_EMPTY_PATH)",
        "mkdirat($rootfs, "dev", 0755)  ok EEXIST EROFS",
        "$dev = openat2($rootfs, "/dev", {u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)",
        "unlinkat($dev, "ptmx", 0)  ok ENOENT",
        "/root/path: $old-root = openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
        "/root/path: fchdir($rootfs)",
        "/root/path: pivot_root(".", ".")",
        "/root/path: fchdir($old-root)",
        "/root/path: mount(0, ".", 0, MS_SLAVE|MS_REC, 0)",
        "/root/path: umount2(".", MNT_DETACH)",
        "/root/path: chdir("/")",
        "rt_sigaction(SIGHUP, {exit 129, u64 SA_RESTORER, exit 129, u64 0}, 0, 8)",
        "rt_sigaction(SIGINT, {exit 130, u64 SA_RESTORER, exit 130, u64 0}, 0, 8)",
        "rt_sigaction(SIGQUIT, {exit 131, u64 SA_RESTORER, exit 131, u64 0}, 0, 8)",
        "rt_sigaction(SIGABRT, {exit 134, u64 SA_RESTORER, exit 134, u64 0}, 0, 8)",
        "rt_sigaction(SIGTERM, {exit 143, u64 SA_RESTORER, exit 143, u64 0}, 0, 8)",
        "$root = openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
        "/process/cwd: $cwd = openat2($root, "/", {u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)  EACCES -> cwd:denied",
        "/process/cwd: fchdir($cwd)  EACCES -> cwd:denied",
        "/process/cwd: close($cwd)",
        "jump cwd:entered",
        "cwd:denied:",
        "/process/cwd: $cwd-again = openat2($root, "/", {u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}, 24)",
        "/process/cwd: fchdir($cwd-again)",
        "/process/cwd: close($cwd-again)",
        "cwd:entered:",
        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
        "/process/args: faccessat2(AT_FDCWD, "/bin/sh", X_OK, AT_EACCESS)",
        "/process/args: $is-directory = faccessat2(AT_FDCWD, "/bin/sh/.", 0, 0)  ok ENOTDIR ENOENT EACCES ELOOP",
        "jump executable:file if $is-directory != 0",
        "/process/args: fail EACCES",
        "executable:file:",
        "$executable = "/bin/sh"",
        "close_range(6, 0xffffffff, 0)",
        "tell ready",
        "$read:wait for start = read(<start>, &byte[8], 1)",
        "jump done:wait for start if $read:wait for start != 0",
        "fail EPIPE",
        "done:wait for start:",
        "/process/args: execve($executable, ["/bin/sh"], ["HOME=/root"])",
      ]
    `);
  });

  test("is started with the descriptors that it needs, the report first", () => {
    expect(planCreate(createInput()).descriptors).toEqual(["report", "start", "sync"]);
    expect(
      planCreate({
        ...everything,
        cgroupJoins: 2,
        openedSources: new Set([1]),
        namespaces: planNamespaces([
          { type: "network", path: "/n" },
          { type: "pid", path: "/p" },
          { type: "mount" },
        ]),
      }).descriptors,
    ).toEqual([
      ...["report", "start", "sync", "state", "console", "cgroup-0", "cgroup-1"],
      ...["namespace-network", "namespace-pid", "mount-1"],
    ]);
  });

  test("keeps what is handed through out of its way", () => {
    const program = planCreate(createInput({}, { process: processInput({}, { preserveFds: 3 }) }));

    expect(program.preserveFds).toBe(3);
    expect(planLines(program.steps)[0]).toBe("close_range(6, 0xffffffff, CLOSE_RANGE_CLOEXEC)");
  });
});

describe("the order", () => {
  const program = planCreate(everything);

  test.each([
    ["the cgroup is joined", /cgroup-0/, "the cgroup namespace begins there", /NEWCGROUP/],
    ["oom_score_adj is written", /oom_score_adj/, "others are joined", /unshare/],
    ["the host's /proc is opened", /"\/proc", O_PATH/, "anything is mounted", /move_mount/],
    ["propagation is cut", /MS_SLAVE/, "anything is mounted", /move_mount/],
    ["mounts are made", /mounts\/1: move_mount/, "hooks are run", /createContainer.*clone/],
    ["the launcher's hooks are run", /tell runtimeHooks/, "the container's are", /createContainer/],
    ["hooks see the host's root", /createContainer.*execve/, "the root changes", /pivot_root/],
    ["sysctl is written", /sysctl.*write/, "/proc/sys becomes read-only", /readonlyPaths/],
    ["paths become read-only", /readonlyPaths.*move_mount/, "others are masked", /maskedPaths/],
    [
      "paths are masked by the host's null device",
      /"\/dev\/null"/,
      "the root changes",
      /pivot_root/,
    ],
    ["the root changes", /umount2/, "it becomes read-only", /root\/readonly/],
    ["the bounding set shrinks", /CAPBSET_DROP/, "the user changes", /setresuid/],
    ["capabilities are kept", /KEEPCAPS, 1/, "the user changes", /setresuid/],
    ["groups are set", /setgroups/, "the user changes", /setresuid/],
    ["the user changes", /setresuid/, "capabilities are set", /capset/],
    ["limits are set", /prlimit64/, "the user changes", /setresuid/],
    ["the user changes", /setresuid/, "the program is looked for", /faccessat2/],
    ["the program is found", /executable:found:/, "it says that it is ready", /tell ready/],
    ["it says that it is ready", /tell ready/, "it waits for start", /read\(<start>/],
    ["it waits for start", /read\(<start>/, "the filter is installed", /seccomp\(/],
    ["the filter is installed", /seccomp\(/, "startContainer hooks run", /startContainer.*clone/],
    [
      "startContainer hooks run",
      /startContainer.*execve/,
      "the program is executed",
      /args: execve/,
    ],
    ["the filter is installed", /seccomp\(/, "the program is executed", /args: execve/],
  ])("%s (%p) before %s (%p)", (_, before, _then, after) => {
    expect(find(program, before)).toBeLessThan(find(program, after));
  });

  test("the last close_range stands behind everything that opens", () => {
    const closed = find(program, /close_range/, true);
    const opens = program.steps
      .slice(closed)
      .filter((step) => "call" in step && /^(open|fsopen|fsmount|socket)/.test(step.call));

    expect(opens).toEqual([]);
  });

  test("execve is the last step", () => {
    expect(program.steps.at(-1)).toMatchObject({ call: "execve", origin: "/process/args" });
  });
});

describe("what other containers could reach", () => {
  const joining = (type: "pid" | "user" | "network"): Program =>
    planCreate(
      createInput(
        { linux: { namespaces: [{ type, path: "/proc/7/ns/x" }, { type: "mount" }] } },
        { process: processInput({ selinuxLabel: "label" }) },
      ),
    );

  test.each(["pid", "user"] as const)("is hidden before a %s namespace is joined", (type) => {
    const program = joining(type);

    expect(find(program, /PR_SET_DUMPABLE, 0/)).toBeLessThan(find(program, /setns/));
    // What is hidden can no longer open its own attributes.
    const lines = planLines(program.steps);
    const last = lines.findLastIndex((line) => line.includes("selinuxLabel: write"));
    expect(last).toBeLessThan(find(program, /PR_SET_DUMPABLE/));
  });

  test("is hidden before it waits, where those who are executed in the container could find it", () => {
    for (const program of [joining("network"), planCreate(createInput())]) {
      const hidden = find(program, /PR_SET_DUMPABLE, 0/);

      expect(hidden).toBeGreaterThan(find(program, /setresuid/, true));
      expect(hidden).toBeLessThan(find(program, /tell ready/));
    }
  });

  test("of any container, only the report, the start, the answers and the state are open while it waits", () => {
    fc.assert(
      fc.property(createInputs, (input) => {
        const program = planCreate(input);
        const kept = new Set(["report", "start", "sync", "state"]);
        const count = program.descriptors.findIndex((name) => !kept.has(name));
        const first = 3 + program.preserveFds + (count < 0 ? program.descriptors.length : count);

        const closed = find(program, /close_range/, true);
        expect(planLines(program.steps)[closed]).toBe(`close_range(${first}, 0xffffffff, 0)`);
        expect(closed).toBeLessThan(find(program, /tell ready/));
        const behind = JSON.stringify(program.steps.slice(closed).map(argumentsOf));
        const used = [...behind.matchAll(/descriptor\\+":\\+"([\w-]+)/g)].map(([, name]) => name);
        expect(used).toContain("start");
        expect(used.filter((name = "") => !kept.has(name))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("options of the launcher", () => {
  test("--no-pivot moves the root", () => {
    const lines = planLines(planCreate(createInput({}, { noPivot: true })).steps).join("\n");

    expect(lines).toContain("MS_MOVE");
    expect(lines).not.toContain("pivot_root");
  });

  test("--no-new-keyring shares the session keyring", () => {
    const lines = (noNewKeyring: boolean): string =>
      planLines(planCreate(createInput({}, { noNewKeyring })).steps).join("\n");

    expect(lines(false)).toContain("KEYCTL_JOIN_SESSION_KEYRING");
    expect(lines(true)).not.toContain("keyctl");
  });

  test("a new network namespace gets its loopback interface, one that is joined has one", () => {
    const lines = (path?: string): string =>
      planLines(
        planCreate(
          createInput({
            linux: {
              namespaces: [
                { type: "mount" },
                { type: "network", ...(path === undefined ? {} : { path }) },
              ],
            },
          }),
        ).steps,
      ).join("\n");

    expect(lines()).toContain("SIOCSIFFLAGS");
    expect(lines("/n")).not.toContain("SIOCSIFFLAGS");
  });

  test("a user namespace of clone3 leaves the OOM score to the launcher", () => {
    const program = planCreate(
      createInput(
        { linux: { namespaces: [{ type: "user" }, { type: "mount" }] } },
        { process: processInput({ oomScoreAdj: 100 }) },
      ),
    );

    expect(origins(program)).not.toContain("/process/oomScoreAdj");
  });

  test("devices are bound in a user namespace", () => {
    const program = planCreate(
      createInput({ linux: { namespaces: [{ type: "user" }, { type: "mount" }] } }),
    );

    expect(planLines(program.steps).join("\n")).not.toContain("mknodat");
  });

  test.each([["bind"], ["rbind"]])("who %ss a /dev of his own gets it as it is", (option) => {
    const program = planCreate(
      createInput({ mounts: [{ destination: "/dev/", source: "/dev", options: [option] }] }),
    );

    expect(planLines(program.steps).join("\n")).not.toContain("mknodat");
  });

  test("the working directory is made, unless it is the root", () => {
    const made = (cwd: string): boolean =>
      planLines(planCreate(createInput({ process: { cwd, args: ["/x"] } })).steps).some((line) =>
        line.includes("$made-cwd"),
      );

    expect([made("/srv/x"), made("/"), made("/a/..")]).toEqual([true, false, false]);
  });
});

/** What a call names on the file system by a path from where the process is: not by a descriptor. */
function pathOf(step: SyscallStep): string | undefined {
  const [directory, path] = step.args;
  const isHere = typeof directory === "object" && "constant" in directory;
  if (!isHere || directory.constant !== "AT_FDCWD") return undefined;
  return typeof path === "object" && "text" in path ? path.text : undefined;
}

function isCall(step: Step): step is SyscallStep {
  return "call" in step;
}

/** Text of everything that a step reads from. */
function argumentsOf(step: Step): string {
  return "call" in step
    ? JSON.stringify(step.args, (_, value) => (typeof value === "bigint" ? String(value) : value))
    : "";
}

test("of any container, nothing of the host is named behind the change of root", () => {
  fc.assert(
    fc.property(createInputs, (input) => {
      const { steps } = planCreate(input);
      const changed = steps.findLastIndex(
        (step) => "call" in step && (step.call === "pivot_root" || step.call === "chroot"),
      );
      const behind = steps.slice(changed + 1).filter(isCall);
      const opened = behind.filter(({ call }) => /^(open|mount$|move_mount|execveat)/.test(call));

      expect(changed).toBeGreaterThan(0);
      // The container's root, and the old root as the working directory until it is let go of.
      expect([...new Set(opened.map(pathOf).filter((path) => path !== undefined))]).toEqual(["/"]);
      for (const step of behind)
        expect(argumentsOf(step)).not.toMatch(/"descriptor":"(cgroup|namespace|mount)-|\/bundle/);
    }),
    { numRuns: 100 },
  );
});

test("of any container, the user changes behind the bounding set and before capset", () => {
  fc.assert(
    fc.property(createInputs, (input) => {
      const { steps } = planCreate(input);
      const places = (test: (step: SyscallStep) => boolean): number[] =>
        steps.flatMap((step, index) => (isCall(step) && test(step) ? [index] : []));
      const dropped = places((step) => argumentsOf(step).includes("PR_CAPBSET_DROP"));
      const changes = places(({ origin }) => origin === "/process/user/uid");
      const sets = places(({ call }) => call === "capset");

      expect(changes).toHaveLength(2);
      for (const change of changes) {
        expect(Math.max(-1, ...dropped)).toBeLessThan(change);
        expect(change).toBeLessThan(Math.min(...sets));
      }
    }),
    { numRuns: 100 },
  );
});
