/** dockerd from the distribution with bunc as its runtime: what people do with containers. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { Docker, image } from "./engines-docker.ts";
import { until } from "./engines-namespace.ts";

let docker: Docker;
beforeAll(async () => {
  docker = await Docker.start();
}, 300_000);
afterAll(() => docker?.[Symbol.asyncDispose](), 300_000);

const isV2 = detectCgroupLayout(linuxKernel()).mode === "v2";

/** Runs a shell script in a container that is removed. */
const run = (script: string, ...flags: string[]) =>
  docker.docker(["run", "--rm", ...flags, image, "sh", "-c", script]);

/** Starts a shell script in the background. */
const detached = (name: string, script: string, ...flags: string[]): Promise<string> =>
  docker.ok(["run", "--detach", "--name", name, ...flags, image, "sh", "-c", script]);

const inspect = (name: string, format: string): string[] => ["inspect", "--format", format, name];

const lines = (...each: string[]): string => `${each.join("\n")}\n`;

describe("docker run", () => {
  test("hands on input, output and the exit status", async () => {
    const args = ["run", "--rm", "-i", image, "sh", "-c", "cat; echo oops >&2; exit 7"];
    const outcome = await docker.docker(args, "hello\n");
    expect(outcome).toEqual({ status: 7, stdout: "hello\n", stderr: "oops\n" });
  });

  test("says 127 for a program that does not exist, 126 for one that may not be executed, 125 for what is ours", async () => {
    for (const [args, status, words] of [
      [[image, "no-such-program"], 127, "executable file not found in $PATH"],
      [[image, "/no/such/program"], 127, "no such file or directory"],
      [[image, "/etc/motd"], 126, "permission denied"],
      [[image, "/etc"], 126, "permission denied"],
      [["--sysctl", "kernel.no_such=1", image, "true"], 125, "kernel.no_such"],
    ] as const) {
      const outcome = await docker.docker(["run", "--rm", ...args]);
      expect(`${args.join(" ")} ${outcome.status}`).toBe(`${args.join(" ")} ${status}`);
      expect(outcome.stderr).toContain(words);
    }
  });

  test("gives a terminal", async () => {
    const outcome = await run("test -t 0 && test -t 1 && test -t 2 && tty; exit 4", "--tty");
    expect(outcome).toMatchObject({ status: 4, stdout: "/dev/pts/0\r\n" });
  });

  test("takes user, groups, directory, environment, host name and an init", async () => {
    const user = ["--user", "1000:1000", "--group-add", "7", "--group-add", "7"];
    const flags = [...user, "--workdir", "/new/dir", "--env", "A=B", "--hostname", "there"];
    const script = "id -u; id -G; pwd; echo $A; hostname; cat /proc/1/comm";
    const { stdout, stderr } = await run(script, ...flags, "--init");
    expect({ stdout, stderr }).toEqual({
      stdout: lines("1000", "1000 7", "/new/dir", "B", "there", "docker-init"),
      stderr: "",
    });
  });

  test("confines: capabilities, no new privileges, filter, read-only root, limits, a sysctl", async () => {
    const flags = [
      ...["--cap-drop", "all", "--cap-add", "net_raw", "--security-opt", "no-new-privileges"],
      ...["--read-only", "--tmpfs", "/fresh:size=1m", "--ulimit", "nofile=100:200"],
      ...["--sysctl", "net.ipv4.ip_forward=1", "--network", "none", "--oom-score-adj", "500"],
    ];
    const script = `grep -e CapBnd -e NoNewPrivs -e Seccomp: /proc/self/status; ulimit -n; ulimit -Hn
      cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; echo >/fresh/x; echo >/x`;
    const { stdout, stderr } = await run(script, ...flags);
    expect(stdout).toBe(
      lines(
        ...["CapBnd:\t0000000000002000", "NoNewPrivs:\t1", "Seccomp:\t2"],
        ...["100", "200", "1", "500"],
      ),
    );
    expect(stderr).toMatch(/^.*\/x: Read-only file system\n$/);
  });

  test("with --privileged there is no filter, and every capability that Docker knows and we have", async () => {
    const script = "grep -e Seccomp: /proc/self/status; mount -t tmpfs none /tmp && echo mounted";
    const outcome = await run(script, "--privileged");
    expect(outcome).toEqual({ status: 0, stdout: "Seccomp:\t0\nmounted\n", stderr: "" });
  });

  test("mounts volumes, writable and not, and takes a filter from a file", async () => {
    const volume = join(docker.path, "volume");
    mkdirSync(volume);
    const profile = join(docker.path, "seccomp.json");
    const syscalls = [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }];
    writeFileSync(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
    const flags = [
      ...["-v", `${volume}:/v`, "-v", `${volume}:/r:ro`, "-v", "named:/n"],
      ...["--security-opt", `seccomp=${profile}`],
    ];
    const { stdout, stderr } = await run(
      "echo kept >/v/file; cat /r/file; echo >/n/x; mkdir /d; echo >/r/x",
      ...flags,
    );
    expect(stdout).toBe("kept\n");
    expect(stderr).toMatch(/'\/d': Function not implemented\n.*\/r\/x: Read-only file system\n/);
    expect(readFileSync(join(volume, "file"), "utf8")).toBe("kept\n");
  });

  test("joins the namespaces of another container, and the host's", async () => {
    await detached("shares", "exec sleep 1000", "--ipc", "shareable");
    const kinds = "for kind in net ipc pid uts cgroup; do readlink /proc/self/ns/$kind; done";
    const namespaces = async (...flags: string[]): Promise<string[]> =>
      (await run(kinds, ...flags)).stdout.trimEnd().split("\n");
    const other = (await docker.ok(["exec", "shares", "sh", "-c", kinds])).split("\n");
    const [network, ipc, pid] = ["--network", "--ipc", "--pid"].map((flag) => [
      flag,
      "container:shares",
    ]) as [string[], string[], string[]];
    const joined = await namespaces(...network, ...ipc, ...pid);
    expect(joined.slice(0, 3)).toEqual(other.slice(0, 3));
    expect(joined[3]).not.toBe(other[3]);
    const host = (await docker.enter(["sh", "-c", kinds])).stdout.trimEnd().split("\n");
    const hosts = ["network", "ipc", "pid", "uts", "cgroupns"].flatMap((each) => [
      `--${each}`,
      "host",
    ]);
    expect(await namespaces(...hosts)).toEqual(host);
  });
});

describe("a running container of dockerd", () => {
  test("exec: input, output, status, user, environment, terminal; what cannot be executed", async () => {
    await detached("executes", "exec sleep 1000", "--env", "A=B");
    const exec = (...args: string[]) => docker.docker(["exec", ...args], "input\n");
    const script = "cat; id -u; pwd; echo $A $C; exit 5";
    expect(
      await exec("-i", "-u", "1000", "-w", "/tmp", "-e", "C=D", "executes", "sh", "-c", script),
    ).toEqual({ status: 5, stdout: "input\n1000\n/tmp\nB D\n", stderr: "" });
    expect(await exec("-t", "executes", "tty")).toMatchObject({
      status: 0,
      stdout: "/dev/pts/0\r\n",
    });
    for (const [program, words] of [
      ["no-such-program", "executable file not found in $PATH"],
      ["/etc/motd", "permission denied"],
    ] as const) {
      const outcome = await exec("executes", program);
      // This Docker says 126 for all that cannot be executed, over runc as well.
      expect(`${program} ${outcome.status}`).toBe(`${program} 126`);
      expect(outcome.stdout).toContain(words);
    }
    const capabilities = ["--privileged", "executes", "grep", "CapEff", "/proc/self/status"];
    const { stdout } = await exec(...capabilities);
    const sysAdmin = 1n << 21n;
    expect(BigInt(`0x${stdout.replace("CapEff:\t", "").trim()}`) & sysAdmin).toBe(sysAdmin);
    await docker.ok(["exec", "--detach", "executes", "sh", "-c", "echo later >/later"]);
    await docker.until(["exec", "executes", "sh", "-c", "cat /later || true"], "later");
  });

  test("logs and top", async () => {
    await detached("told", "echo out; echo err >&2; exec sleep 1000", "--memory", "64m");
    // "docker run" returns when the shell has begun, and what it writes takes its way through the daemon.
    const told = { status: 0, stdout: "out\n", stderr: "err\n" };
    await until("docker logs tells both", async () =>
      Bun.deepEquals(await docker.docker(["logs", "told"]), told),
    );
    await until("docker top shows what the shell became", async () =>
      /COMMAND\n\d+ +sleep$/.test(await docker.ok(["top", "told", "-o", "pid,comm"])),
    );
  });

  test("limits are set, and changed by update; what is not named stays", async () => {
    const memory = ["--memory", "64m", "--memory-swap", "128m"];
    const flags = [...memory, "--cpus", "0.5", "--pids-limit", "50", "--cpuset-cpus", "0"];
    await detached("limited", "exec sleep 1000", ...flags);
    const files = isV2
      ? ["memory.max", "pids.max", "cpuset.cpus", "cpu.max"]
      : ["memory/memory.limit_in_bytes", "pids/pids.max", "cpuset/cpuset.cpus"].concat(
          ["quota", "period"].map((each) => `cpu/cpu.cfs_${each}_us`),
        );
    const paths = files.map((file) => `/sys/fs/cgroup/${file}`);
    const read = async (): Promise<string> =>
      (await docker.ok(["exec", "limited", "cat", ...paths])).replaceAll(/\s+/g, " ");
    expect(await read()).toBe("67108864 50 0 50000 100000");
    await docker.ok(["update", "--memory", "32m", "limited"]);
    expect(await read()).toBe("33554432 50 0 50000 100000");
    await docker.ok(["update", "--cpus", "0.25", "--pids-limit", "60", "limited"]);
    expect(await read()).toBe("33554432 60 0 25000 100000");
  });

  test("what takes too much memory is killed", async () => {
    const script = "x=a; while :; do x=$x$x; done";
    await detached("greedy", script, "--memory", "8m", "--memory-swap", "8m");
    expect(await docker.ok(["wait", "greedy"])).toBe("137");
    // Whether Docker knows why depends on which of the two events reaches it first, over runc as well.
  });

  test("pause and unpause", async () => {
    await detached("pauses", "exec sleep 1000");
    await docker.ok(["pause", "pauses"]);
    expect(await docker.ok(inspect("pauses", "{{.State.Status}}"))).toBe("paused");
    expect((await docker.docker(["exec", "pauses", "true"])).status).toBe(1);
    await docker.ok(["unpause", "pauses"]);
    await docker.ok(["exec", "pauses", "true"]);
    await docker.ok(["pause", "pauses"]);
    await docker.ok(["rm", "--force", "pauses"]);
  });

  test("stop is polite first; kill sends what it is told to", async () => {
    const trap = (signal: string, then: string) =>
      `trap "${then}" ${signal}; echo up; while :; do sleep 0.1; done`;
    const exitCode = (name: string) => docker.ok(inspect(name, "{{.State.ExitCode}}"));
    await detached("polite", trap("USR1", "exit 3"), "--stop-signal", "USR1");
    await docker.until(["logs", "polite"], "up");
    await docker.ok(["stop", "--time", "30", "polite"]);
    expect(await exitCode("polite")).toBe("3");

    await detached("signalled", trap("HUP", "exit 9"));
    await docker.until(["logs", "signalled"], "up");
    await docker.ok(["kill", "--signal", "HUP", "signalled"]);
    expect(await docker.ok(["wait", "signalled"])).toBe("9");

    await detached("deaf", trap("TERM", ""));
    await docker.until(["logs", "deaf"], "up");
    await docker.ok(["stop", "--time", "0", "deaf"]);
    expect(await exitCode("deaf")).toBe("137");

    const id = await detached("crowd", "sleep 1000 & exec sleep 1000", "--pid", "host");
    const pid = await docker.ok(inspect("crowd", "{{.State.Pid}}"));
    await docker.ok(["rm", "--force", "crowd"]);
    expect((await docker.enter(["kill", "-0", pid])).status).not.toBe(0);
    const { hierarchies } = detectCgroupLayout(linuxKernel());
    for (const { mountpoint } of hierarchies) {
      expect(existsSync(join(mountpoint, docker.cgroupParent, id))).toBe(false);
    }
  });

  test("starts again: by hand, and by its restart policy", async () => {
    await detached("again", "echo run; exec sleep 1000");
    await docker.until(["logs", "again"], "run");
    await docker.ok(["restart", "--time", "0", "again"]);
    await docker.until(["logs", "again"], "run\nrun");
    await detached("stubborn", "exit 1", "--restart", "on-failure:2");
    const format = "{{.RestartCount}} {{.State.Status}}";
    await docker.until(inspect("stubborn", format), "2 exited");
  });

  test("health checks tell the sick from the healthy", async () => {
    const check = ["--health-cmd", "test -e /healthy", "--health-interval", "200ms"];
    await detached("patient", "exec sleep 1000", ...check, "--health-retries", "1");
    const status = inspect("patient", "{{.State.Health.Status}}");
    await docker.until(status, "unhealthy");
    await docker.ok(["exec", "patient", "touch", "/healthy"]);
    await docker.until(status, "healthy");
    await docker.ok(["rm", "--force", "patient"]);
  });
});

test("containers outlive a daemon that is killed, and belong to the next one", async () => {
  await detached("outlives", 'trap "exit 7" TERM; echo up; while :; do sleep 0.1; done');
  await docker.until(["logs", "outlives"], "up");
  await docker.restart();
  expect(await docker.ok(["exec", "outlives", "echo", "still"])).toBe("still");
  await docker.ok(["kill", "--signal", "TERM", "outlives"]);
  expect(await docker.ok(["wait", "outlives"])).toBe("7");
  const format = '{{.Action}} {{index .Actor.Attributes "exitCode"}}';
  const filters = ["--filter", "container=outlives", "--filter", "event=die"];
  const args = ["events", "--since", "1h", "--until", "0s", ...filters, "--format", format];
  // Events are told up to the second before, and the waiting ends before the event is kept.
  await docker.until(args, "die 7");
});

test("with --userns-remap root is an ordinary user outside", async () => {
  await using remapped = await Docker.start({ remap: true });
  const remappedRun = (script: string, ...flags: string[]) =>
    remapped.docker(["run", "--rm", ...flags, image, "sh", "-c", script]);
  const script = "id -u; cat /proc/self/uid_map; touch /made; stat -c %u:%g /made; cat /etc/motd";
  const { stdout, stderr } = await remappedRun(script);
  expect({ stdout: stdout.replaceAll(/ +/g, " "), stderr }).toEqual({
    stdout: lines("0", " 0 200000 65536", "0:0", "hello"),
    stderr: "",
  });
  expect(await remappedRun("tty", "--tty")).toMatchObject({ status: 0, stdout: "/dev/pts/0\r\n" });
  const flags = ["--detach", "--name", "mapped", "--memory", "64m", "--user", "1000"];
  await remapped.ok(["run", ...flags, image, "sleep", "1000"]);
  expect(await remapped.ok(["exec", "mapped", "id", "-u"])).toBe("1000");
  expect(await remapped.ok(["exec", "--user", "0", "mapped", "id", "-u"])).toBe("0");
  expect(await remapped.ok(["top", "mapped", "-o", "pid,uid"])).toMatch(/\n\d+ +201000$/);
  const host = await remappedRun("cat /proc/self/uid_map", "--userns", "host");
  expect(host.stdout).toMatch(/^ +0 +0 +4/);
}, 300_000);
