import { describe, expect, test } from "bun:test";
import { planLines } from "../../test/plan-lines.ts";
import { hookSteps } from "./hooks.ts";

const at = "/hooks/createContainer/0";
const name = "createContainer-0";

describe("hookSteps()", () => {
  test("forks, gives the hook the state to read, and goes on when it ends with status 0", () => {
    const hook = { path: "/bin/hook", args: ["hook", "now"], env: ["A=1"] };

    expect(planLines(hookSteps("createContainer", [hook]))).toEqual([
      `${at}: $${name}:child = clone(CLONE_PIDFD|SIGCHLD, 0, &$${name}:pidfd, 0, 0)`,
      `jump ${name}:parent if $${name}:child != 0`,
      `${at}: fchdir($rootfs)`,
      `${at}: lseek(<state>, 0, 0)`,
      `${at}: dup3(<state>, 0, 0)`,
      `${at}: execve("/bin/hook", ["hook", "now"], ["A=1"])`,
      `${name}:parent:`,
      `${at}: wait4($${name}:child, &$${name}:status, 0, 0)`,
      `${at}: close($${name}:pidfd)`,
      `jump ${name}:done if $${name}:status == 0`,
      `jump ${name}:filtered if $${name}:status == 31`,
      `jump ${name}:filtered if $${name}:status == 159`,
      `${at}: fail EPROTO`,
      `${name}:filtered:`,
      `${at}: fail EPROTO`,
      `${name}:done:`,
    ]);
  });

  test("has a hook write to the files that there are for its streams", () => {
    const steps = planLines(
      hookSteps("createContainer", [{ path: "/bin/hook" }], [], ["stdout", "stderr"]),
    );

    expect(steps.slice(3, 7)).toEqual([
      `${at}: lseek(<state>, 0, 0)`,
      `${at}: dup3(<state>, 0, 0)`,
      `${at}: dup3(<hook-stdout>, 1, 0)`,
      `${at}: dup3(<hook-stderr>, 2, 0)`,
    ]);
  });

  test("ends a hook that takes too long, and gives up", () => {
    const steps = planLines(hookSteps("createContainer", [{ path: "/bin/hook", timeout: 30 }]));

    expect(steps.slice(7, 13)).toEqual([
      `${at}: $${name}:polled = ppoll({u32 $${name}:pidfd, u16 POLLIN, u16 0}, 1, {u64 30, u64 0}, 0, 8)`,
      `jump ${name}:ended if $${name}:polled != 0`,
      `${at}: pidfd_send_signal($${name}:pidfd, SIGKILL, 0, 0)`,
      `${at}: wait4($${name}:child, 0, 0, 0)`,
      `${at}: fail ETIMEDOUT`,
      `${name}:ended:`,
    ]);
  });

  test("runs a hook without arguments by its path, with an empty environment", () => {
    const steps = planLines(hookSteps("startContainer", [{ path: "/bin/hook" }]));

    expect(steps).toContain('/hooks/startContainer/0: execve("/bin/hook", ["/bin/hook"], [])');
  });

  test("runs hooks one after the other", () => {
    const steps = hookSteps("createContainer", [{ path: "/a" }, { path: "/b" }]);

    expect(
      planLines(steps)
        .filter((line) => line.includes("execve") || line.includes("wait4"))
        .map((line) => line.replace(/\(.*/, "")),
    ).toEqual([
      "/hooks/createContainer/0: execve",
      "/hooks/createContainer/0: wait4",
      "/hooks/createContainer/1: execve",
      "/hooks/createContainer/1: wait4",
    ]);
  });

  test("says which hook failed, and how", () => {
    const steps = hookSteps("startContainer", [{ path: "/bin/hook", timeout: 5 }]);
    const failures = steps.flatMap((step) => ("fail" in step ? [step.does] : []));

    expect(failures).toEqual([
      'go on: error running startContainer hook #0: "/bin/hook" did not end within 5 s',
      'go on: error running startContainer hook #0: "/bin/hook" failed',
      'go on: error running startContainer hook #0: "/bin/hook" was killed for a bad system call',
    ]);
  });

  test("does nothing without hooks", () => {
    expect(hookSteps("createContainer")).toEqual([]);
    expect(hookSteps("createContainer", [])).toEqual([]);
  });
});
