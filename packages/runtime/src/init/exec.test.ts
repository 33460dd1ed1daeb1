import { describe, expect, test } from "bun:test";
import { execInput, processInput, seccomp } from "../../test/plan-input.ts";
import { planLines } from "../../test/plan-lines.ts";
import { planExec } from "./exec.ts";

describe("planExec()", () => {
  test("joins, becomes the user, and executes", () => {
    const lines = planLines(planExec(execInput()).steps).filter(
      (line) => !/capabilities|^\/user|cwd/.test(line),
    );

    expect(lines).toMatchInlineSnapshot(`
      [
        "close_range(3, 0xffffffff, CLOSE_RANGE_CLOEXEC)",
        "prctl(PR_SET_NAME, "bunc:exec", 0, 0, 0)",
        "$proc = openat(AT_FDCWD, "/proc", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
        "close($proc)",
        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
        "setns(<init>, CLONE_NEWNS|CLONE_NEWPID)",
        "/linux/namespaces: $child = clone(CLONE_PARENT|SIGCHLD, 0, 0, 0, 0)",
        "jump in-child if $child == 0",
        "tell pid $child",
        "exit 0",
        "in-child:",
        "setsid()",
        "$keyring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.web")  ENOSYS -> keyring:none",
        "keyctl(KEYCTL_SETPERM, $keyring, 0x3f1b0000)",
        "keyring:none:",
        "sched_setaffinity(0, 1024, bytes(1024, sha256 5f4ecdb7b71c3e40))  ok EINVAL EPERM",
        "$root = openat(AT_FDCWD, "/", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
        "prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
        "/args: faccessat2(AT_FDCWD, "/bin/sh", X_OK, AT_EACCESS)",
        "/args: $is-directory = faccessat2(AT_FDCWD, "/bin/sh/.", 0, 0)  ok ENOTDIR ENOENT EACCES ELOOP",
        "jump executable:file if $is-directory != 0",
        "/args: fail EACCES",
        "executable:file:",
        "$executable = "/bin/sh"",
        "close_range(5, 0xffffffff, 0)",
        "/args: execve($executable, ["/bin/sh"], ["HOME=/root"])",
      ]
    `);
  });

  test("takes the container's root where that has no mount namespace", () => {
    const program = planExec(execInput({}, { namespaces: ["pid"], changesRoot: true }));
    const lines = planLines(program.steps);

    expect(program.descriptors).toEqual(["report", "sync", "init", "root"]);
    expect(lines.slice(lines.indexOf("fchdir(<root>)"))).toMatchObject(
      ["fchdir(<root>)", 'chroot(".")', 'chdir("/")', "setsid()"].concat(
        lines.slice(lines.indexOf("setsid()") + 1),
      ),
    );
  });

  test("does what each field of the process asks for, in its order", () => {
    const program = planExec(
      execInput(
        {
          cwd: "/srv",
          args: ["sh"],
          env: ["PATH=/bin"],
          terminal: true,
          consoleSize: { height: 25, width: 80 },
          user: { uid: 1000, gid: 1000 },
          rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
          noNewPrivileges: true,
          apparmorProfile: "profile",
          selinuxLabel: "label",
          oomScoreAdj: 100,
          ioPriority: { class: "IOPRIO_CLASS_IDLE" },
          scheduler: { policy: "SCHED_BATCH" },
        },
        {
          cgroupJoins: 1,
          seccomp,
          personality: { domain: "LINUX32" },
          memoryPolicy: { mode: "MPOL_LOCAL" },
        },
      ),
    );
    const origins = program.steps.flatMap((step) => ("origin" in step ? [step.origin] : []));

    expect([...new Set(origins)].filter((origin) => origin !== "")).toEqual([
      "/oomScoreAdj",
      "/apparmorProfile",
      "/selinuxLabel",
      "/linux/cgroupsPath",
      "/linux/namespaces",
      "/terminal",
      "/consoleSize",
      "/linux/personality",
      "/linux/memoryPolicy",
      "/scheduler",
      "/ioPriority",
      "/noNewPrivileges",
      "/rlimits/0",
      "/capabilities/bounding",
      "/capabilities",
      "/cwd",
      "/user/additionalGids",
      "/user/gid",
      "/user/uid",
      "/capabilities/ambient",
      "/user/umask",
      "/args",
      "/linux/seccomp",
    ]);
  });

  test("is started with a pidfd of the container's first process", () => {
    expect(planExec(execInput()).descriptors).toEqual(["report", "sync", "init"]);
    expect(planExec(execInput({ terminal: true }, { cgroupJoins: 2 })).descriptors).toEqual([
      "report",
      "sync",
      "init",
      "console",
      "cgroup-0",
      "cgroup-1",
    ]);
  });

  test("keeps what is handed through out of its way", () => {
    const program = planExec(execInput({}, { process: processInput({}, { preserveFds: 2 }) }));

    expect(program.preserveFds).toBe(2);
    expect(planLines(program.steps)[0]).toBe("close_range(5, 0xffffffff, CLOSE_RANGE_CLOEXEC)");
  });

  test("hides before it joins, and has let go of the host's /proc by then", () => {
    const lines = planLines(planExec(execInput({ oomScoreAdj: 1, selinuxLabel: "label" })).steps);
    const place = (start: string): number => lines.findIndex((line) => line.includes(start));

    const order = ["oom_score_adj", "attr/exec", "close($proc)", "PR_SET_DUMPABLE", "setns("];
    expect(order.map(place)).toEqual(order.map(place).toSorted((a, b) => a - b));
    expect(lines.slice(place("close($proc)") + 1).join("\n")).not.toContain("$proc");
  });

  test("makes its terminal from the container's, and leaves /dev/console to the first process", () => {
    const lines = planLines(planExec(execInput({ terminal: true })).steps).join("\n");

    expect(lines).toContain('openat2($root, "/dev/pts/ptmx"');
    expect(lines).not.toContain("/dev/console");
  });

  test("installs the filter of the container, as late as may be", () => {
    const calls = (noNewPrivileges: boolean): string[] =>
      planExec(execInput({ noNewPrivileges }, { seccomp }))
        .steps.slice(-3)
        .map((step) => ("call" in step ? step.call : ""));

    expect(calls(true)).toEqual(["close_range", "seccomp", "execve"]);
    expect(calls(false)).toEqual(["seccomp", "capset", "execve"]);
  });

  test("stays in its session keyring when asked to", () => {
    const lines = planLines(planExec(execInput({}, { noNewKeyring: true })).steps).join("\n");

    expect(lines).not.toContain("keyctl");
  });
});
