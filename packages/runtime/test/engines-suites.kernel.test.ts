/** What the public suites of other runtimes asked for and bunc once did not do. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { until } from "tools/until";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { load } from "../src/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { reap } from "../src/kernel/wait.ts";
import { buncCommand } from "./bunc-command.ts";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

describe("a system call filter that knows no newer system calls", () => {
  const filtered = (noNewPrivileges: boolean): Config =>
    bundle.config("grep ^Cap /proc/self/status; pwd", (config) =>
      withLinux(
        withProcess(config, { noNewPrivileges, cwd: "/tmp", user: { uid: 1000, gid: 1000 } }),
        {
          seccomp: {
            defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [
              {
                // What the container's own program may not do, we may not rely on once the filter is there.
                names: [
                  ...["openat2", "faccessat2", "close_range", "open_tree", "move_mount", "umask"],
                  ...[
                    "fchdir",
                    "chdir",
                    "setgroups",
                    "setresuid",
                    "setresgid",
                    "prctl",
                    "prlimit64",
                  ],
                ],
                action: "SCMP_ACT_ERRNO",
              },
            ],
          },
        },
      ),
    );

  for (const noNewPrivileges of [true, false]) {
    test(`starts, with noNewPrivileges ${noNewPrivileges}`, async () => {
      const { status, stdout, stderr } = await bundle.run(filtered(noNewPrivileges));
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^CapPrm:\t0{16}$/m);
      expect(stdout).toMatch(/^CapEff:\t0{16}$/m);
      expect(stdout).toEndWith("/tmp\n");
    });
  }
});

describe("what podman and conmon need", () => {
  test("a detached process that ends at once is left for its next parent to reap", async () => {
    const container = await bundle.create(bundle.config("exec sleep 1000"), { detach: true });
    await container.start();
    expect(() => container.exited).toThrow("child of the process that created it");
    const executed = await container.exec({
      process: { args: ["/bin/true"], cwd: "/" },
      detach: true,
    });
    expect(() => executed.exited).toThrow("it was detached");
    const stateOf = (): string | undefined =>
      readFileSync(`/proc/${executed.pid}/stat`, "utf8").match(/\) (\w)/)?.[1];
    await until("it has ended", () => stateOf() === "Z");
    // Whatever else ends meanwhile makes us look after our children.
    await Bun.spawn(["true"]).exited;
    expect(stateOf()).toBe("Z");
    // The first process of a pid namespace ends when all others are reaped.
    const { pid } = container;
    reapZombie(executed.pid);
    await container.delete({ force: true });
    reapZombie(pid);
  });

  test("the mode of a device may say what kind of file the host's is", async () => {
    const fuse = { path: "/dev/x", type: "c", major: 1, minor: 3, fileMode: 0o020640 } as const;
    const config = bundle.config("stat -c %a:%F /dev/x", (given) =>
      withLinux(given, { devices: [fuse] }),
    );
    writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
    const { stdout, stderr } = await bunc(["run", "--bundle", bundle.bundle]);
    expect({ stdout, stderr }).toEqual({ stdout: "640:character special file\n", stderr: "" });
  });
});

test("a seccomp listener is passed on at create, also with noNewPrivileges", async () => {
  const path = join(bundle.path, "listener");
  const opened: string[] = [];
  await using server = await listenForState(path, opened);
  const config = bundle.config("mkdir /tmp/trapped; true", (given) =>
    withLinux(withProcess(given, { noNewPrivileges: true }), {
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        listenerPath: server.path,
        syscalls: [{ names: ["personality"], action: "SCMP_ACT_NOTIFY" }],
      },
    }),
  );
  const container = await bundle.create(config);
  const { exited } = container;
  await load(container.id, { root: bundle.root }).start();
  expect((await exited).status).toBe(0);
  await until("the state has come", () => opened.length > 0);
  expect(JSON.parse(opened.join(""))).toMatchObject({
    fds: ["seccompFd"],
    pid: expect.any(Number),
  });
  await container.delete();
});

/** Takes connections, keeps what they say. */
async function listenForState(
  path: string,
  texts: string[],
): Promise<AsyncDisposable & { readonly path: string }> {
  const server = Bun.listen<undefined>({
    unix: path,
    socket: {
      data: (_socket, chunk) => {
        texts.push(new TextDecoder().decode(chunk));
      },
    },
  });
  return { path, [Symbol.asyncDispose]: async () => server.stop(true) };
}

/** What init does for those who have lost their parent. */
function reapZombie(pid: number): void {
  const kernel = linuxKernel();
  const pidfd = kernel.call("pidfd_open", pid, 0);
  reap(kernel, pidfd, "block");
  kernel.call("close", pidfd);
}

describe("hooks", () => {
  test("that name no environment get the runtime's outside, the process' inside of the container", async () => {
    const path = join(bundle.path, "outside");
    const inside = {
      path: "/bin/sh",
      args: ["sh", "-c", 'echo "hook $MINE" >/dev/stderr; test "$MINE" = yes'],
    };
    const outside = { path: "/bin/sh", args: ["sh", "-c", `printf %s "$PATH" >${path}`] };
    const config = bundle.config("true", (given) => ({
      ...withProcess(given, { env: ["PATH=/bin", "MINE=yes"] }),
      hooks: { createRuntime: [outside], startContainer: [inside] },
    }));
    expect((await bundle.run(config)).status).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(process.env["PATH"] ?? "");
  });

  test("poststart is told of a running process, however short its life was", async () => {
    const path = join(bundle.path, "poststart");
    const poststart = [{ path: "/bin/sh", args: ["sh", "-c", `sleep 0.1; cat >${path}`] }];
    const container = await bundle.create({ ...bundle.config("true"), hooks: { poststart } });
    const { pid } = container;
    await container.start();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ status: "running", pid });
    await container.delete({ force: true });
  });
});

// Version 2 has no list to read: its rules are a program.
const devicesHierarchy = detectCgroupLayout(linuxKernel()).hierarchies.find(({ controllers }) =>
  controllers.includes("devices"),
);
if (devicesHierarchy !== undefined) {
  test("devices.list of version 1 has the devices in the order of the configuration, then those of everybody", async () => {
    const config = bundle.config("exec sleep 1000", (given) => ({
      ...given,
      linux: {
        ...given.linux,
        resources: {
          devices: [
            { allow: false, access: "rwm" },
            { allow: true, type: "c", major: 10, minor: 229, access: "rwm" },
            { allow: true, type: "b", major: 8, minor: 20, access: "rw" },
          ],
        },
      },
    }));
    const container = await bundle.create(config);
    const own =
      readFileSync(`/proc/${container.pid}/cgroup`, "utf8").match(/:devices:(.*)$/m)?.[1] ?? "";
    const list = readFileSync(join(devicesHierarchy.mountpoint, own, "devices.list"), "utf8").split(
      "\n",
    );
    await container.delete({ force: true });
    expect(list.slice(0, 3)).toEqual(["c 10:229 rwm", "b 8:20 rw", "c *:* m"]);
  });
}

describe("bunc", () => {
  test("runs a container on all CPUs, also when it may use only one of them itself", async () => {
    const cpus =
      readFileSync("/proc/self/status", "utf8").match(/^Cpus_allowed_list:\s+(.*)$/m)?.[1] ?? "";
    const [first = "0"] = cpus.split(/[-,]/);
    const config = bundle.config("grep Cpus_allowed_list /proc/self/status");
    writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
    const under = ["taskset", "-c", first];
    const { stdout } = await bunc(["run", "--bundle", bundle.bundle], { under });
    expect(stdout).toBe(`Cpus_allowed_list:\t${cpus}\n`);
  });

  test("adds no carriage returns to what programs write to their terminals", async () => {
    const config = bundle.config("tty; echo done", (given) =>
      withProcess(given, { terminal: true }),
    );
    writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
    const { stdout } = await bunc(["run", "--bundle", bundle.bundle]);
    expect(stdout).toBe("/dev/pts/0\ndone\n");

    const container = await bundle.create(bundle.config("exec sleep 1000"));
    await container.start();
    const executed = await bunc(["exec", "--tty", container.id, "sh", "-c", "tty; echo done"], {
      id: false,
    });
    expect(executed.stdout).toBe("/dev/pts/0\ndone\n");
    await container.delete({ force: true });
  });

  test("hands on the descriptors that are open, and nothing of its own in between", async () => {
    const config = bundle.config("cd /proc/self/fd; for fd in *; do readlink $fd; done; cat <&5");
    writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
    const script = 'exec 5</etc/hostname; exec "$@"';
    const { stdout, stderr } = await bunc(
      ["run", "--preserve-fds", "50", "--bundle", bundle.bundle],
      {
        under: ["bash", "-c", script, "bash"],
      },
    );
    expect(stderr).toBe("");
    const links = stdout.split("\n").filter((line) => line.startsWith("/"));
    // Beside stdio there is what ls /proc/self/fd reads, and the one that we opened.
    expect(links.filter((line) => !/^\/(dev\/null|proc\/)/.test(line))).toEqual(["/etc/hostname"]);
    expect(stdout).not.toContain("anon_inode");
    expect(stdout).toEndWith(readFileSync("/etc/hostname", "utf8"));
  });

  test("reads the configuration that --config names, from the working directory", async () => {
    const directory = join(bundle.path, "elsewhere");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "other.json"), JSON.stringify(bundle.config("echo other")));
    for (const [cwd, file] of [
      [directory, "other.json"],
      ["/", join(directory, "other.json")],
    ] as const) {
      const { status, stdout, stderr } = await bunc(
        ["run", "--bundle", bundle.bundle, "--config", file],
        { cwd },
      );
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "other\n", stderr: "" });
    }
  });
});

interface BuncOptions {
  readonly cwd?: string;
  /** A command line that runs another. */
  readonly under?: readonly string[];
  /** Whether the last argument is to be an id of its own. @default true */
  readonly id?: boolean;
}

/** Runs the command line. */
async function bunc(args: readonly string[], options: BuncOptions = {}): Promise<Outcome> {
  const { cwd = "/", under = [], id = true } = options;
  const last = id ? [bundle.id()] : [];
  const command = [...under, ...buncCommand, "--root", bundle.root, ...args, ...last];
  const child = Bun.spawn(command, { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { status, stdout, stderr };
}
