/** containerd from the distribution, its runc shim and its ctr, with bunc as their runtime. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { Containerd, image } from "./engines-containerd.ts";
import { until } from "./engines-namespace.ts";
import { TestBundle, withProcess } from "./test-bundle.ts";

let containerd: Containerd;
beforeAll(async () => {
  containerd = await Containerd.start();
}, 300_000);
afterAll(() => containerd?.[Symbol.asyncDispose](), 300_000);

const layout = detectCgroupLayout(linuxKernel());
const isV2 = layout.mode === "v2";
/** Hierarchies of version 1 that there are, and that are mounted nowhere: containerd looks for the mount of each. */
const hiddenHierarchies = readFileSync("/proc/self/cgroup", "utf8")
  .split("\n")
  .map((line) => line.split(":")[1] ?? "")
  .filter(
    (names) =>
      names !== "" &&
      !layout.hierarchies.some(({ controllers }) =>
        controllers.includes(names.split(",")[0] ?? ""),
      ),
  );

/** Runs a shell script in a container that is removed. */
const run = (id: string, script: string, ...flags: string[]) =>
  containerd.run(["--rm", ...flags], id, ["sh", "-c", script]);

/** Starts a shell script in the background; what it writes is in the returned file. */
async function detached(id: string, script: string, ...flags: string[]): Promise<string> {
  const log = join(containerd.path, `${id}.log`);
  const args = ["--detach", "--log-uri", `file://${log}`, ...flags];
  expect(await containerd.run(args, id, ["sh", "-c", script])).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  return log;
}

let execs = 0;
/** Executes a program in a container. */
const exec = (id: string, command: readonly string[], flags: readonly string[] = [], stdin = "") =>
  containerd.ctr(["task", "exec", "--exec-id", `e${execs++}`, ...flags, id, ...command], stdin);

const untilWritten = (log: string, text: string) =>
  until(`${log} says "${text}"`, () => readFileSync(log, "utf8").includes(text));

// ctr closes the input of a program that it has not started yet, over any runtime, and then it never ends: the programs
// below read a line, and do not wait for the end.
describe("ctr run", () => {
  test("hands on input, output and the exit status", async () => {
    const script = "read line; echo $line; echo oops >&2; exit 7";
    const outcome = await containerd.run(["--rm"], "hands-on", ["sh", "-c", script], "hello\n");
    expect(outcome).toEqual({ status: 7, stdout: "hello\n", stderr: "oops\n" });
  });

  test("says why a program cannot be executed, in runc's words", async () => {
    for (const [program, words] of [
      ["no-such-program", "executable file not found in $PATH"],
      ["/no/such/program", "no such file or directory"],
      ["/etc/motd", "permission denied"],
      ["/etc", "permission denied"],
    ] as const) {
      const outcome = await containerd.run(["--rm"], "cannot", [program]);
      expect(outcome.status).toBe(1);
      expect(outcome.stderr).toContain(`OCI runtime create failed: Cannot execute "${program}"`);
      expect(outcome.stderr).toContain(words);
      await containerd.ctr(["container", "delete", "cannot"]);
    }
  });

  test("sets what it is told: directory, environment, user, capabilities, filter, mounts, a pid file", async () => {
    const pidFile = join(containerd.path, "told.pid");
    const outcome = await run(
      "told",
      "pwd; echo $A; grep -e CapEff -e Seccomp: -e NoNewPrivs /proc/self/status; echo x >/mnt/x; echo >/x",
      ...["--cwd", "/tmp", "--env", "A=B", "--cap-drop", "CAP_CHOWN", "--seccomp", "--read-only"],
      ...["--mount", "type=tmpfs,src=tmpfs,dst=/mnt,options=size=1m", "--pid-file", pidFile],
    );
    expect(outcome.stdout).toBe(
      "/tmp\nB\nCapEff:\t00000000a80425fa\nNoNewPrivs:\t1\nSeccomp:\t2\n",
    );
    expect(outcome.stderr).toMatch(/^.*\/x: Read-only file system\n$/);
    expect(readFileSync(pidFile, "utf8")).toMatch(/^\d+$/);
  });

  test("runs a configuration as it is, with hooks of every kind", async () => {
    await using bundle = new TestBundle();
    const log = join(containerd.path, "hooks.log");
    const kinds = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"];
    const hooks = Object.fromEntries(
      kinds.map((kind) => {
        const script = `printf '%s ' ${kind} >>${log}; cat >/dev/null`;
        return [kind, [{ path: "/bin/sh", args: ["sh", "-c", script] }]];
      }),
    );
    const file = join(containerd.path, "hooked.json");
    const config = bundle.config("echo hooked", (given) => ({
      ...withProcess(given, { terminal: false }),
      root: { path: bundle.rootfs },
      hooks,
    }));
    writeFileSync(file, JSON.stringify(config));
    const args = ["run", "--runc-binary", containerd.runtime, "--rm", "--config", file, "hooked"];
    expect(await containerd.ctr(args)).toEqual({ status: 0, stdout: "hooked\n", stderr: "" });
    expect(readFileSync(log, "utf8")).toBe(`${kinds.join(" ")} `);
  });
});

describe("a task of containerd", () => {
  test("exec: input, output, status, user, directory; what cannot be executed", async () => {
    await detached("executes", "exec sleep 1000");
    const flags = ["--cwd", "/tmp", "--user", "1000:7"];
    const script = "read line; echo $line; id -u; id -g; pwd; exit 5";
    expect(await exec("executes", ["sh", "-c", script], flags, "input\n")).toEqual({
      status: 5,
      stdout: "input\n1000\n7\n/tmp\n",
      stderr: "",
    });
    const failed = await exec("executes", ["no-such-program"]);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain("executable file not found in $PATH");
  });

  test("a terminal, at start and in exec", async () => {
    // ctr wants one of its own: script(1) gives it one.
    const terminal = async (...args: string[]): Promise<string> => {
      const line = ["ctr", ...args].map((each) => `'${each}'`).join(" ");
      const { stdout } = await containerd.enter(["script", "-qec", line, "/dev/null"]);
      return stdout.replaceAll(/[\0\r]/g, "");
    };
    const image1 = ["--rm", "--tty", image, "terminal", "sh", "-c", "tty; test -t 2 && echo whole"];
    const output = await terminal("run", "--runc-binary", containerd.runtime, ...image1);
    expect(output).toContain("/dev/pts/0\nwhole\n");
    await detached("has-terminals", "exec sleep 1000");
    const execTty = ["--exec-id", "tty", "--tty", "has-terminals", "tty"];
    expect(await terminal("task", "exec", ...execTty)).toContain("/dev/pts/0\n");
  });

  test("limits are in the cgroup", async () => {
    await detached("limited", "exec sleep 1000", "--memory-limit", "33554432", "--cpus", "0.5");
    const file = isV2 ? "memory.max" : "memory.limit_in_bytes";
    const limits = layout.hierarchies
      .map(({ mountpoint }) => join(mountpoint, containerd.name, "limited", file))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, "utf8"));
    expect(limits).toEqual(["33554432\n"]);
    const processes = await containerd.ok(["task", "ps", "limited"]);
    expect(processes).toMatch(/^PID +INFO *\n\d+ +-$/);
  });

  test.skipIf(hiddenHierarchies.length > 0)(
    hiddenHierarchies.length > 0
      ? `what is used is told: containerd cannot, as no mount shows ${hiddenHierarchies.join(", ")}`
      : "what is used is told",
    async () => {
      await detached("measured", "exec sleep 1000", "--memory-limit", "33554432");
      const wanted = isV2 ? /^pids.current +1 *$/m : /^memory.limit_in_bytes +33554432/m;
      // There are none right after the start.
      await until("ctr task metrics tells them", async () =>
        wanted.test((await containerd.ctr(["task", "metrics", "measured"])).stdout),
      );
    },
  );

  test("pauses and resumes", async () => {
    await detached("pauses", "exec sleep 1000");
    await containerd.ok(["task", "pause", "pauses"]);
    expect(await containerd.status("pauses")).toBe("PAUSED");
    await containerd.ok(["task", "resume", "pauses"]);
    expect(await containerd.status("pauses")).toBe("RUNNING");
    expect((await exec("pauses", ["true"])).status).toBe(0);
  });

  test("ends by a signal, with all that it started, and by memory", async () => {
    const log = await detached(
      "signalled",
      'trap "exit 9" HUP; echo up; while :; do sleep 0.1; done',
    );
    await untilWritten(log, "up");
    await containerd.ok(["task", "kill", "--signal", "HUP", "signalled"]);
    await containerd.until("signalled", "STOPPED");
    const removed = await containerd.ctr(["task", "delete", "signalled"]);
    expect(removed.stderr).toContain("exit with non-zero exit code 9");

    const flags = ["--with-ns", "pid:/proc/1/ns/pid"];
    const crowd = await detached("crowd", "sleep 1000 & echo $!; exec sleep 1000", ...flags);
    await untilWritten(crowd, "\n");
    const pid = readFileSync(crowd, "utf8").trim();
    await containerd.ok(["task", "kill", "--all", "--signal", "KILL", "crowd"]);
    await containerd.until("crowd", "STOPPED");
    await until(
      "it is gone",
      async () => (await containerd.enter(["kill", "-0", pid])).status !== 0,
    );

    await detached("greedy", "x=a; while :; do x=$x$x; done", "--memory-limit", "8388608");
    await containerd.until("greedy", "STOPPED");
    const { stderr } = await containerd.ctr(["task", "delete", "greedy"]);
    expect(stderr).toContain("exit with non-zero exit code 137");
  });

  test("outlives a daemon that is killed, and leaves nothing when it is deleted", async () => {
    await detached("outlives", "exec sleep 1000");
    await containerd.restart();
    expect(await containerd.status("outlives")).toBe("RUNNING");
    expect(await exec("outlives", ["echo", "still"])).toMatchObject({ stdout: "still\n" });
    // ctr says how it ended, and exits with 0.
    await containerd.ok(["task", "delete", "--force", "outlives"]);
    await containerd.ok(["container", "delete", "outlives"]);
    const { hierarchies } = detectCgroupLayout(linuxKernel());
    for (const { mountpoint } of hierarchies) {
      expect(existsSync(join(mountpoint, containerd.name, "outlives"))).toBe(false);
    }
    const state = `/run/containerd/runc/${containerd.name}`;
    expect((await containerd.enter(["ls", state])).stdout).not.toContain("outlives");
  });
});
