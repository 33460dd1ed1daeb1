import { describe, expect, test } from "bun:test";
import type { Process } from "@ctr/spec";
import { processInput, seccomp } from "../../../test/plan-input.ts";
import { planLines } from "../../../test/plan-lines.ts";
import type { ProcessInput } from "../input.ts";
import { environment, processSteps } from "./process.ts";

/** Which calls are made, in order, for the sake of which field; consecutive ones of a kind once. */
function order(
  process: Partial<Process>,
  facts: Partial<ProcessInput> = {},
  filter: typeof seccomp | undefined = undefined,
): string[] {
  const lines = planLines(processSteps(processInput(process, facts), filter, 3)).map((line) =>
    line
      .replace(/\$.+? = (?=\w+\()/, "")
      .replace(/\((PR_\w+)?.*/, (_, name = "") => (name === "" ? "" : ` ${name}`)),
  );
  return lines.filter((line, index) => line !== lines[index - 1]);
}

const cwd = ["/process/cwd: openat2", "/process/cwd: fchdir", "/process/cwd: close"];
const user = [
  "/process/user/additionalGids: setgroups",
  "/process/user/gid: setresgid",
  "/process/user/uid: setresuid",
];
const becomeUser = [
  "/process/capabilities/bounding: prctl PR_CAPBSET_DROP",
  "/process/capabilities: prctl PR_SET_KEEPCAPS",
  ...cwd,
  ...user,
  "jump cwd:entered",
  "cwd:denied:",
  ...user,
  ...cwd,
  "cwd:entered:",
  "prctl PR_SET_DUMPABLE",
];
const capabilities = [
  "/process/capabilities: capset",
  "/process/capabilities/ambient: prctl PR_CAP_AMBIENT",
  "/process/capabilities: prctl PR_SET_KEEPCAPS",
];
const executable = [
  "/process/args: faccessat2",
  "jump executable:file if $is-directory != 0",
  "/process/args: fail EACCES",
  "executable:file:",
  '$executable = "/bin/sh"',
];

describe("processSteps()", () => {
  test("sets everything in its order: limits as root, then user, capabilities, umask, program", () => {
    const process: Partial<Process> = {
      scheduler: { policy: "SCHED_OTHER" },
      ioPriority: { class: "IOPRIO_CLASS_IDLE" },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }],
      user: { uid: 1000, gid: 1000 },
      noNewPrivileges: true,
    };

    expect(order(process, { ownedStdio: [0] }, seccomp)).toEqual([
      "close_range",
      "openat",
      "/process/scheduler: sched_setattr",
      "/process/ioPriority: ioprio_set",
      "/process/noNewPrivileges: prctl PR_SET_NO_NEW_PRIVS",
      "/process/rlimits/0: prlimit64",
      "fchown",
      ...becomeUser,
      ...capabilities,
      "/process/user/umask: umask",
      ...executable,
      "close_range",
    ]);
  });

  test("installs a filter as late as the right to lasts, when new privileges are possible", () => {
    expect(order({}, {}, seccomp)).toEqual([
      "openat",
      ...becomeUser,
      "/process/capabilities: capset",
      "jump capabilities:set",
      "capabilities:rest:",
      "/process/capabilities: capset",
      "capabilities:set:",
      ...capabilities.slice(1),
      "/process/user/umask: umask",
      ...executable,
      "close_range",
      "/linux/seccomp: seccomp",
      "/process/capabilities: capset",
    ]);
  });

  test("keeps what is still needed and closes the rest, once there is nothing more to open", () => {
    const lines = planLines(processSteps(processInput({}, { preserveFds: 2 }), seccomp, 3));

    expect(lines.at(-3)).toBe("close_range(8, 0xffffffff, 0)");
  });

  test("closes what it can before descriptors are limited", () => {
    const rlimits = [{ type: "RLIMIT_NOFILE", soft: 8, hard: 8 } as const];
    const lines = planLines(processSteps(processInput({ rlimits }), undefined, 3));

    expect(lines[0]).toBe("close_range(6, 0xffffffff, 0)");
    expect(planLines(processSteps(processInput({}), undefined, 3))[0]).not.toContain("close_range");
  });

  test("leaves limits to the launcher where the user namespace has no right to them", () => {
    const lines = order(
      { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 1 }] },
      { limitsByLauncher: true },
    );

    expect(lines.slice(2, 4)).toEqual(["tell limits", "read"]);
    expect(lines.join("\n")).not.toContain("prlimit64");
  });

  test("is root with no groups and no capabilities by default", () => {
    const lines = planLines(processSteps(processInput(), undefined, 3));

    expect(lines).toContain("/process/user/additionalGids: setgroups(0, {})");
    expect(lines).toContain("/process/user/uid: setresuid(0, 0, 0)");
    expect(lines.filter((line) => line.includes("PR_CAPBSET_DROP"))).toHaveLength(41);
  });
});

describe("environment()", () => {
  test("has HOME of /etc/passwd when it is not given", () => {
    expect(environment(processInput({ env: ["PATH=/bin"] }))).toEqual(["PATH=/bin", "HOME=/root"]);
    expect(environment(processInput())).toEqual(["HOME=/root"]);
  });

  test("has each name once, with its last value, and a HOME that is not empty", () => {
    const env = ["A=1", "HOME=/x", "B=\n=2", "A=", "HOME=/y"];
    expect(environment(processInput({ env }))).toEqual(["A=", "HOME=/y", "B=\n=2"]);
    expect(environment(processInput({ env: ["HOME=/x", "HOME="] }))).toEqual(["HOME=/root"]);
    expect(environment(processInput({ env: ["XHOME=/x"] })).at(-1)).toBe("HOME=/root");
  });
});
