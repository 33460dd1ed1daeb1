/** podman and conmon from the distribution with bunc as their runtime: what people do with containers. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { image, Podman } from "./engines-podman.ts";
import { TestBundle, withProcess } from "./test-bundle.ts";

let podman: Podman;
beforeAll(async () => {
  podman = await Podman.start();
}, 300_000);
afterAll(() => podman?.[Symbol.asyncDispose](), 300_000);

const isV2 = detectCgroupLayout(linuxKernel()).mode === "v2";

/** Reads a control file inside a container, whichever version it has. */
const control = (v1: string, v2: string): string => `cat /sys/fs/cgroup/${isV2 ? v2 : v1}`;

/** Starts a shell script in the background. */
const detached = (name: string, script: string, ...flags: string[]): Promise<string> =>
  podman.ok(["run", "--detach", "--name", name, ...flags, image, "sh", "-c", script]);

const statusOf = (name: string): string[] => ["inspect", "--format", "{{.State.Status}}", name];

describe("podman run", () => {
  test("hands on input, output and the exit status", async () => {
    const script = "cat; echo oops >&2; exit 7";
    const outcome = await podman.podman(
      ["run", "--rm", "-i", image, "sh", "-c", script],
      "hello\n",
    );
    expect(outcome).toEqual({ status: 7, stdout: "hello\n", stderr: "oops\n" });
  });

  test("says 127 for a program that does not exist, 126 for one that may not be executed", async () => {
    for (const [program, status, words] of [
      ["no-such-program", 127, "executable file not found in $PATH"],
      ["/no/such/program", 127, "no such file or directory"],
      ["/etc/motd", 126, "permission denied"],
      ["/etc", 126, "permission denied"],
    ] as const) {
      const outcome = await podman.podman(["run", "--rm", image, program]);
      expect(`${program} ${outcome.status}`).toBe(`${program} ${status}`);
      expect(outcome.stderr).toContain(words);
    }
  });

  test("gives a terminal of the wanted kind", async () => {
    const script = "test -t 0 && test -t 1 && test -t 2 && tty";
    expect(await podman.ok(["run", "--rm", "-t", image, "sh", "-c", script])).toBe("/dev/pts/0");
  });

  test("takes user, groups, directory, environment, hostname, umask and capabilities", async () => {
    const flags = [
      ...["--user", "1000:1000", "--group-add", "7", "--workdir", "/tmp", "--env", "A=B"],
      ...["--hostname", "there", "--umask", "0027", "--cap-drop", "all"],
    ];
    const script = "id -u; id -G; pwd; echo $A; hostname; umask; grep CapBnd /proc/self/status";
    expect(
      (await podman.ok(["run", "--rm", ...flags, image, "sh", "-c", script])).split("\n"),
    ).toEqual(["1000", "1000 7", "/tmp", "B", "there", "0027", "CapBnd:\t0000000000000000"]);
  });

  test("mounts volumes, a tmpfs and a read-only root", async () => {
    const volume = join(podman.path, "volume");
    mkdirSync(volume);
    const flags = ["--read-only", "--read-only-tmpfs=false", "--tmpfs", "/fresh:size=1m,mode=1777"];
    const script =
      "echo kept >/v/file; echo x >/fresh/file && echo fresh; echo x >/r/file; echo x >/file";
    const outcome = await podman.podman([
      "run",
      "--rm",
      ...flags,
      "-v",
      `${volume}:/v`,
      "-v",
      `${volume}:/r:ro`,
      image,
      "sh",
      "-c",
      script,
    ]);
    expect(outcome.stdout).toBe("fresh\n");
    expect(outcome.stderr.match(/Read-only file system/g)).toHaveLength(2);
    expect(readFileSync(join(volume, "file"), "utf8")).toBe("kept\n");
  });

  test("filters system calls: nothing mounts or makes namespaces by default", async () => {
    const script = "unshare -m true; mount -t tmpfs none /tmp; grep Seccomp: /proc/self/status";
    const outcome = await podman.podman(["run", "--rm", image, "sh", "-c", script]);
    expect(outcome.stdout).toBe("Seccomp:\t2\n");
    expect(outcome.stderr).toMatch(/unshare.*not permitted[\s\S]*(mount|permission denied)/);
  });

  test("with --privileged there is no filter, and every capability that we have", async () => {
    const ours = readFileSync("/proc/self/status", "utf8").match(/^CapBnd:.*$/m)?.[0];
    const script =
      "grep -e Seccomp: -e CapBnd /proc/self/status; mount -t tmpfs none /tmp && echo mounted";
    const outcome = await podman.podman(["run", "--rm", "--privileged", image, "sh", "-c", script]);
    expect(outcome).toEqual({ status: 0, stdout: `${ours}\nSeccomp:\t0\nmounted\n`, stderr: "" });
  });

  test("uses a user namespace of its own", async () => {
    const flags = ["--uidmap", "0:200000:1000", "--gidmap", "0:300000:1000"];
    const script = "id -u; cat /proc/self/uid_map; touch /made; stat -c %u:%g /made; cat /etc/motd";
    const output = await podman.ok(["run", "--rm", ...flags, image, "sh", "-c", script]);
    expect(output.replaceAll(/ +/g, " ").split("\n")).toEqual([
      "0",
      " 0 200000 1000",
      "0:0",
      "hello",
    ]);
  });
});

describe("a running container of podman", () => {
  test("exec: input, output, status, user, environment, terminal; what cannot be executed", async () => {
    await detached("executes", "exec sleep 1000", "--env", "A=B");
    const run = (...args: string[]) => podman.podman(["exec", ...args], "input\n");
    const script = "cat; id -u; pwd; echo $A $C; exit 5";
    expect(
      await run(...["-i", "-u", "1000", "-w", "/tmp", "-e", "C=D", "executes", "sh", "-c", script]),
    ).toEqual({ status: 5, stdout: "input\n1000\n/tmp\nB D\n", stderr: "" });
    expect(await run("-t", "executes", "tty")).toMatchObject({
      status: 0,
      stdout: "/dev/pts/0\r\n",
    });
    expect((await run("executes", "no-such-program")).status).toBe(127);
    expect((await run("executes", "/etc/motd")).status).toBe(126);
    expect(
      (await run("--privileged", "executes", "grep", "CapEff", "/proc/self/status")).stdout,
    ).toBe(
      readFileSync("/proc/self/status", "utf8")
        .match(/^CapBnd:.*\n/m)?.[0]
        .replace("Bnd", "Eff") ?? "",
    );
    await podman.ok(["exec", "--detach", "executes", "sh", "-c", "echo later >/later"]);
    await podman.until(["exec", "executes", "sh", "-c", "cat /later || true"], "later");
  });

  test("logs: both streams, followed to the end", async () => {
    await detached("logs", "for i in 1 2 3; do echo out $i; echo err $i >&2; done");
    const outcome = await podman.podman(["logs", "--follow", "logs"]);
    expect(outcome.stdout).toBe("out 1\nout 2\nout 3\n");
    expect(outcome.stderr).toBe("err 1\nerr 2\nerr 3\n");
    expect(await podman.ok(["logs", "--tail", "1", "logs"])).toMatch(/^(out 3)?$/);
  });

  test("limits are set, and changed by update; what is not named stays", async () => {
    const limits = [
      "--memory",
      "64m",
      "--memory-swap",
      "128m",
      "--cpus",
      "0.5",
      "--pids-limit",
      "50",
    ];
    await detached("limited", "exec sleep 1000", ...limits);
    const files = [
      control("memory/memory.limit_in_bytes", "memory.max"),
      control("pids/pids.max", "pids.max"),
      ...(isV2
        ? ["cat /sys/fs/cgroup/cpu.max"]
        : ["cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us", "cat /sys/fs/cgroup/cpu/cpu.cfs_period_us"]),
    ].join("; ");
    const read = async (): Promise<string[]> =>
      (await podman.ok(["exec", "limited", "sh", "-c", files])).split(/\s+/);
    expect(await read()).toEqual(["67108864", "50", "50000", "100000"]);
    await podman.ok(["update", "--memory", "32m", "limited"]);
    expect(await read()).toEqual(["33554432", "50", "50000", "100000"]);
    await podman.ok(["update", "--cpus", "0.25", "limited"]);
    expect(await read()).toEqual(["33554432", "50", "25000", "100000"]);
  });

  test("what takes too much memory is killed", async () => {
    const script = "x=a; while :; do x=$x$x; done";
    await detached("greedy", script, "--memory", "8m", "--memory-swap", "8m");
    expect(await podman.ok(["wait", "greedy"])).toBe("137");
  });

  test("pause and unpause", async () => {
    await detached("pauses", "exec sleep 1000");
    await podman.ok(["pause", "pauses"]);
    expect(await podman.ok(statusOf("pauses"))).toBe("paused");
    expect((await podman.podman(["exec", "pauses", "true"])).status).not.toBe(0);
    await podman.ok(["unpause", "pauses"]);
    expect(await podman.ok(statusOf("pauses"))).toBe("running");
    await podman.ok(["exec", "pauses", "true"]);
    await podman.ok(["pause", "pauses"]);
    await podman.ok(["rm", "--force", "--time", "0", "pauses"]);
  });

  test("stop is polite first; kill sends what it is told to; top shows processes", async () => {
    await detached("polite", 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done');
    await podman.until(["logs", "polite"], "up");
    expect(await podman.ok(["top", "polite", "comm"])).toMatch(/^COMMAND\nsh/);
    await podman.ok(["stop", "--time", "30", "polite"]);
    expect(await podman.ok(["inspect", "--format", "{{.State.ExitCode}}", "polite"])).toBe("3");
    expect(await podman.ok(["logs", "polite"])).toBe("up\nbye");

    await detached("signalled", 'trap "exit 9" USR1; echo up; while :; do sleep 0.1; done');
    await podman.until(["logs", "signalled"], "up");
    await podman.ok(["kill", "--signal", "USR1", "signalled"]);
    expect(await podman.ok(["wait", "signalled"])).toBe("9");

    await detached("deaf", 'trap "" TERM; echo up; while :; do sleep 0.1; done');
    await podman.until(["logs", "deaf"], "up");
    await podman.ok(["stop", "--time", "0", "deaf"]);
    expect(await podman.ok(["inspect", "--format", "{{.State.ExitCode}}", "deaf"])).toBe("137");
  });

  test("starts again: by hand, and by its restart policy until it succeeds", async () => {
    await detached("again", "echo run; exec sleep 1000");
    await podman.until(["logs", "again"], "run");
    await podman.ok(["restart", "--time", "0", "again"]);
    await podman.until(["logs", "again"], "run\nrun");
    expect(await podman.ok(statusOf("again"))).toBe("running");

    const volume = join(podman.path, "restarts");
    mkdirSync(volume);
    const script = "echo x >>/v/runs; test $(wc -l </v/runs) = 3";
    await detached("stubborn", script, "--restart", "on-failure:5", "-v", `${volume}:/v`);
    await podman.until(statusOf("stubborn"), "exited");
    expect(readFileSync(join(volume, "runs"), "utf8")).toBe("x\nx\nx\n");
  });

  test("health checks tell the sick from the healthy", async () => {
    const check = ["--health-cmd", "test -e /healthy", "--health-interval", "disable"];
    await detached("patient", "exec sleep 1000", ...check, "--health-retries", "1");
    expect((await podman.podman(["healthcheck", "run", "patient"])).status).toBe(1);
    await podman.ok(["exec", "patient", "touch", "/healthy"]);
    await podman.ok(["healthcheck", "run", "patient"]);
  });

  test("the state directory and the cgroup go with the container", async () => {
    await detached("leaves", "exec sleep 1000");
    const id = await podman.ok(["inspect", "--format", "{{.Id}}", "leaves"]);
    const state = join(podman.path, "bunc-root", id);
    const pid = await podman.ok(["inspect", "--format", "{{.State.Pid}}", "leaves"]);
    const cgroups = await podman.enter(["cat", `/proc/${pid}/cgroup`]);
    expect(cgroups.stdout).toContain(`libpod-${id}`);
    expect(existsSync(state)).toBe(true);
    await podman.ok(["rm", "--force", "--time", "0", "leaves"]);
    expect(existsSync(state)).toBe(false);
    expect((await podman.enter(["kill", "-0", pid])).status).not.toBe(0);
    const { hierarchies } = detectCgroupLayout(linuxKernel());
    for (const { mountpoint } of hierarchies) {
      expect(existsSync(join(mountpoint, "libpod_parent", `libpod-${id}`))).toBe(false);
    }
  });
});

describe("podman", () => {
  test("runs OCI hooks of every kind", async () => {
    const log = join(podman.path, "hooks.log");
    for (const stage of ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]) {
      const script = `printf '%s ' ${stage} >>${log}; cat >/dev/null`;
      writeFileSync(
        join(podman.hooksDirectory, `${stage}.json`),
        JSON.stringify({
          version: "1.0.0",
          hook: { path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/usr/bin:/bin"] },
          when: { annotations: { "^hooked$": "^yes$" } },
          stages: [stage],
        }),
      );
    }
    await podman.ok(["run", "--rm", "--annotation", "hooked=yes", image, "true"]);
    expect(readFileSync(log, "utf8")).toBe(
      "prestart createRuntime createContainer poststart poststop ",
    );
  });

  test("pods share namespaces with their infra container", async () => {
    const entrypoint = 'ENTRYPOINT ["/bin/sleep", "1000"]';
    await podman.ok(["import", "--change", entrypoint, podman.archive, "localhost/infra:1"]);
    // podman 4.3 makes the pod's cgroup of version 1 in controllers that the machine does not have, and then cannot remove
    // it; in that of version 2 it forbids every device, under any runtime.
    const sharing = ["--share", "ipc,uts,pid", "--share-parent=false"];
    const flags = ["--infra-image", "localhost/infra:1", ...sharing];
    await podman.ok(["pod", "create", "--name", "pod", "--hostname", "podhost", ...flags]);
    const inPod = (name: string, script: string): Promise<string> =>
      podman.ok(["run", "--pod", "pod", "--name", name, image, "sh", "-c", script]);
    const namespaces = "hostname; for ns in uts ipc pid; do readlink /proc/self/ns/$ns; done";
    const first = await inPod("first", namespaces);
    const second = await inPod("second", namespaces);
    expect(second).toBe(first);
    expect(first).toStartWith("podhost\nuts:[");
    await podman.ok(["pod", "rm", "--force", "--time", "0", "pod"]);
    expect(await podman.ok(["ps", "--all", "--quiet", "--filter", "name=first"])).toBe("");
  });
});

describe("conmon by itself, as CRI-O calls it", () => {
  const bundle = new TestBundle();
  afterAll(() => bundle[Symbol.asyncDispose]());

  /** Has conmon create a container, or execute a process in one; returns what it wrote to its sync pipe. */
  async function conmon(
    id: string,
    ...flags: string[]
  ): Promise<{ pid?: number; exit_code?: number; message?: string }> {
    const directory = join(bundle.path, id);
    const exits = join(bundle.path, "exits");
    for (const each of [directory, exits]) mkdirSync(each, { recursive: true });
    const args = [
      ...[
        "--cid",
        id,
        "--cuuid",
        id,
        "--name",
        id,
        "--runtime",
        podman.runtime,
        "--bundle",
        bundle.bundle,
      ],
      ...["--container-pidfile", join(directory, "pid"), "--exit-dir", exits],
      ...[
        "--log-path",
        `k8s-file:${join(directory, "log")}`,
        "--socket-dir-path",
        directory,
        ...flags,
      ],
    ];
    const script = 'sync=$1; shift; _OCI_SYNCPIPE=3 exec conmon "$@" 3>"$sync"';
    const sync = join(directory, "sync");
    const { status, stderr } = await podman.enter(["sh", "-c", script, "sh", sync, ...args]);
    expect({ status, stderr: stderr.replace(/.*oom_score_adj.*\n/, "") }).toEqual({
      status: 0,
      stderr: "",
    });
    return JSON.parse(await textOf(sync));
  }

  /** Waits for a file to be written. */
  async function textOf(file: string): Promise<string> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      if (text !== "" || performance.now() > deadline) return text;
      await Bun.sleep(10);
    }
  }

  const bunc = (...args: string[]) => podman.enter([podman.runtime, ...args]);
  const exitCode = (id: string): Promise<string> => textOf(join(bundle.path, "exits", id));
  /** Lines of the log: stream, whether the line is whole, text. */
  const logOf = (id: string): string[] =>
    readFileSync(join(bundle.path, id, "log"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.replace(/^\S+ /, ""));

  test.each([false, true])(
    "terminal %p: create, start, log, exit status, delete",
    async (terminal) => {
      const id = bundle.id();
      const script = terminal ? "tty; exit 6" : "echo out; echo err >&2; exit 6";
      const config = bundle.config(script, (given) => withProcess(given, { terminal }));
      writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
      expect((await conmon(id, ...(terminal ? ["--terminal"] : []))).pid).toBeGreaterThan(1);
      expect(JSON.parse((await bunc("state", id)).stdout)).toMatchObject({ id, status: "created" });
      expect(await bunc("start", id)).toEqual({ status: 0, stdout: "", stderr: "" });
      expect(await exitCode(id)).toBe("6");
      expect(logOf(id).sort()).toEqual(
        terminal ? ["stdout F /dev/pts/0"] : ["stderr F err", "stdout F out"],
      );
      expect(await bunc("delete", id)).toEqual({ status: 0, stdout: "", stderr: "" });
    },
  );

  test("executes processes, tells their status and why one cannot be executed", async () => {
    const id = bundle.id();
    writeFileSync(
      join(bundle.bundle, "config.json"),
      JSON.stringify(bundle.config("exec sleep 1000")),
    );
    await conmon(id);
    await bunc("start", id);
    const execute = (args: readonly string[]) => {
      const file = join(bundle.path, "process.json");
      const { process } = bundle.config("");
      writeFileSync(file, JSON.stringify({ ...process, args }));
      return conmon(id, "--exec", "--exec-process-spec", file);
    };
    expect(await execute(["sh", "-c", "exit 4"])).toEqual({ exit_code: 4 });
    const failed = await execute(["no-such-program"]);
    expect(failed.exit_code).toBeLessThan(0);
    expect(failed.message).toContain("executable file not found in $PATH");
    expect(await bunc("delete", "--force", id)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await exitCode(id)).toBe("137");
  });
});
