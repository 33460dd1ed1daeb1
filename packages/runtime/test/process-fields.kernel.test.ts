/** Fields of `process` and `linux` that change what the kernel knows of a process, for create and exec alike. */

import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, existsSync, openSync, read, readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Config, Process } from "@ctr/spec";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const process_ =
  (fields: Partial<Process>) =>
  (config: Config): Config =>
    withProcess(config, fields);
const linux =
  (fields: NonNullable<Config["linux"]>) =>
  (config: Config): Config =>
    withLinux(config, fields);

async function run(script: string, change: (config: Config) => Config): Promise<Outcome> {
  return await bundle.run(bundle.config(script, change));
}

/** Runs a script once as the container's first process and once executed in it. */
async function twice(
  script: string,
  change: (config: Config) => Config,
  fields: Partial<Process> = {},
): Promise<string[]> {
  const first = await run(script, change);
  expect(first.stderr).toBe("");
  const container = await bundle.create(bundle.config("exec sleep 1000", change));
  await container.start();
  const { exec, out } = executing(container.id);
  const executed = await container.exec({
    process: { args: ["sh", "-c", script], cwd: "/", env: ["PATH=/bin"], ...fields },
    stdio: { stdout: exec },
  });
  expect((await executed.exited).status).toBe(0);
  await container.delete({ force: true });
  return [first.stdout, out()];
}

function executing(id: string): { readonly exec: number; readonly out: () => string } {
  const path = `${bundle.path}/${id}.exec`;
  const exec = openSync(path, "w");
  return {
    exec,
    out: () => {
      closeSync(exec);
      return readFileSync(path, "utf8");
    },
  };
}

/** Field 41 of /proc/PID/stat is the policy, 40 the priority, 19 the nice value (proc_pid_stat(5)). */
const schedulerOf =
  "set -- $(cut -d')' -f2 /proc/self/stat); shift 16; echo nice $1; shift 21; echo priority $1 policy $2";

describe("process.scheduler", () => {
  test.each([
    [{ policy: "SCHED_OTHER", nice: 5 }, "nice 5\npriority 0 policy 0\n"],
    [{ policy: "SCHED_BATCH", nice: 3 }, "nice 3\npriority 0 policy 3\n"],
    [{ policy: "SCHED_IDLE" }, "nice 0\npriority 0 policy 5\n"],
  ] as const)("%p", async (scheduler, expected) => {
    expect(await twice(schedulerOf, process_({ scheduler }), { scheduler })).toEqual([
      expected,
      expected,
    ]);
  });

  test("a real-time policy, where its cgroup has time for that", async () => {
    const cgroup = "/sys/fs/cgroup/cpu/cpu.rt_runtime_us";
    const needsBudget = existsSync(cgroup);
    const change = (config: Config): Config =>
      withLinux(withProcess(config, { scheduler: { policy: "SCHED_FIFO", priority: 7 } }), {
        // With less of each second the script takes many of them.
        resources: needsBudget
          ? { cpu: { realtimePeriod: 1_000_000, realtimeRuntime: 50_000 } }
          : {},
      });
    const { stdout } = await run(schedulerOf, change).catch((error: Error) => {
      // A parent without a budget has none to give.
      expect(error.message).toMatch(/realtime|schedule the process/);
      return { stdout: "nice 0\npriority 7 policy 1\n" };
    });
    expect(stdout).toEndWith("priority 7 policy 1\n");
  });

  test("a deadline, where the CPUs have time for that", async () => {
    const scheduler = {
      policy: "SCHED_DEADLINE",
      runtime: 1_000_000,
      deadline: 10_000_000,
      period: 10_000_000,
    } as const;
    // A process with a deadline may not fork.
    const stdout = await run("exec cat /proc/self/stat", process_({ scheduler })).then(
      (outcome) => `policy ${outcome.stdout.split(") ").at(-1)?.split(" ")[38]}`,
      (error: Error) => error.message,
    );
    expect(stdout).toMatch(/^policy 6$|SCHED_DEADLINE \(\/process\/scheduler\): /);
  });
});

describe("process.ioPriority", () => {
  test.each([
    ["IOPRIO_CLASS_IDLE", 0, "idle\n"],
    ["IOPRIO_CLASS_BE", 6, "best-effort: prio 6\n"],
    ["IOPRIO_CLASS_RT", 2, "realtime: prio 2\n"],
  ] as const)("%s %d", async (name, priority, expected) => {
    const fields = { ioPriority: { class: name, priority } };
    expect(await twice("ionice -p $$", process_(fields), fields)).toEqual([expected, expected]);
  });
});

describe("linux.personality", () => {
  test("LINUX32 is another machine to uname(2)", async () => {
    const [first, second] = await twice("uname -m", linux({ personality: { domain: "LINUX32" } }));
    expect(first).toBe(process.arch === "x64" ? "i686\n" : "armv8l\n");
    expect(second).toBe(first);
  });

  test("LINUX is this one", async () => {
    const own = Bun.spawnSync(["uname", "-m"]).stdout.toString();
    expect(await twice("uname -m", linux({ personality: { domain: "LINUX" } }))).toEqual([
      own,
      own,
    ]);
  });
});

describe("linux.memoryPolicy", () => {
  const policies = "cut -d' ' -f2 /proc/self/numa_maps | sort -u";
  test.skipIf(!existsSync("/proc/self/numa_maps")).each([
    [{ mode: "MPOL_BIND", nodes: "0" }, "bind:0"],
    [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }, "bind=static:0"],
    [{ mode: "MPOL_INTERLEAVE", nodes: "0-0" }, "interleave:0"],
    [{ mode: "MPOL_PREFERRED", nodes: "0" }, "prefer:0"],
    [{ mode: "MPOL_LOCAL" }, "local"],
    [{ mode: "MPOL_DEFAULT" }, "default"],
  ] as const)("%p", async (memoryPolicy, expected) => {
    for (const output of await twice(policies, linux({ memoryPolicy }))) {
      expect(output.split("\n")).toContain(expected);
    }
  });

  test("nodes that there are not are refused by name", async () => {
    const memoryPolicy = { mode: "MPOL_BIND", nodes: "1000" } as const;
    await expect(run("true", linux({ memoryPolicy }))).rejects.toThrow(
      "Cannot set the memory policy MPOL_BIND (/linux/memoryPolicy)",
    );
  });
});

describe("process.user.umask", () => {
  test.each([
    [undefined, "0022"],
    [0, "0000"],
    [0o77, "0077"],
    [0o777, "0777"],
  ])("%p", async (umask, expected) => {
    const user = { uid: 0, gid: 0, ...(umask === undefined ? {} : { umask }) };
    expect(await twice("umask", process_({ user }), { user })).toEqual([
      `${expected}\n`,
      `${expected}\n`,
    ]);
  });
});

describe("process.oomScoreAdj", () => {
  test("is set, also in a user namespace; without it, it stays that of the creator", async () => {
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const inUserNamespace = (config: Config): Config =>
      withLinux(config, {
        namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
        uidMappings: ids,
        gidMappings: ids,
      });
    const script = "cat /proc/self/oom_score_adj";
    const fields = { oomScoreAdj: 321 };
    expect(await twice(script, process_(fields), fields)).toEqual(["321\n", "321\n"]);
    expect(
      (await run(script, (config) => inUserNamespace(withProcess(config, fields)))).stdout,
    ).toBe("321\n");
    const own = readFileSync("/proc/self/oom_score_adj", "utf8");
    const { oomScoreAdj: _, ...others } = bundle.config(script).process ?? { cwd: "/" };
    expect((await run(script, (config) => ({ ...config, process: others }))).stdout).toBe(own);
  });
});

describe("process.rlimits", () => {
  test("are set for both, in a user namespace, too", async () => {
    const fields: Partial<Process> = {
      rlimits: [
        { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
        { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      ],
    };
    const script = "ulimit -Sn; ulimit -Hn; ulimit -c";
    expect(await twice(script, process_(fields), fields)).toEqual([
      "100\n200\n0\n",
      "100\n200\n0\n",
    ]);
  });
});

describe("process.consoleSize", () => {
  test("is the size of the terminal", async () => {
    const container = await bundle.create(
      withProcess(bundle.config("stty size; sleep 1000"), {
        terminal: true,
        consoleSize: { width: 123, height: 45 },
      }),
      { console: "keep" },
    );
    const master = container.takeConsole() ?? -1;
    await container.start();
    const buffer = new Uint8Array(64);
    const { bytesRead } = await promisify(read)(master, buffer, 0, 64, null);
    const text = new TextDecoder().decode(buffer.subarray(0, bytesRead));
    expect(text.trim()).toBe("45 123");
    await container.delete({ force: true });
    closeSync(master);
  });
});
