/** `exec` on the command line: its flags, process.json, users, cgroups, and when it may not. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, openSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Process } from "@ctr/spec";
import { until } from "tools/until";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { load } from "../src/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { RuntimeCommand, type RuntimeName } from "./runtime-command.ts";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const deadlineMs = 30_000;
const bundle = new TestBundle();
const runtimes = {
  bunc: new RuntimeCommand("bunc", bundle),
  runc: new RuntimeCommand("runc", bundle),
};
const ids: Partial<Record<RuntimeName, string>> = {};
const forever = withProcess(bundle.config("exec sleep 1000"), {
  env: ["PATH=/bin", "TERM=xterm", "A=container's"],
});

beforeAll(async () => {
  for (const name of ["bunc", "runc"] as const) ids[name] = await runtimes[name].start(forever);
});
afterAll(async () => {
  for (const name of ["bunc", "runc"] as const) await runtimes[name][Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

const idOf = (name: RuntimeName): string => ids[name] ?? "";

/** Executes under both; `ID` stands for the container. */
async function both(...args: readonly string[]): Promise<Record<RuntimeName, Outcome>> {
  const call = async (name: RuntimeName): Promise<Outcome> =>
    await runtimes[name].call(["exec", ...args.map((arg) => (arg === "ID" ? idOf(name) : arg))]);
  return { bunc: await call("bunc"), runc: await call("runc") };
}

/** Executes under both, which are to print the same and to succeed. */
async function same(...args: readonly string[]): Promise<string> {
  const { bunc, runc } = await both(...args);
  expect([args, bunc.stderr]).toEqual([args, ""]);
  expect([args, bunc.stdout]).toEqual([args, runc.stdout]);
  expect([args, bunc.status, runc.status]).toEqual([args, 0, 0]);
  return bunc.stdout;
}

/** Executes under both, which are to refuse it; returns our words. */
async function refused(...args: readonly string[]): Promise<string> {
  const { bunc, runc } = await both(...args);
  expect([args, bunc.status, runc.status]).toEqual([args, 255, 255]);
  expect([args, bunc.stdout]).toEqual([args, ""]);
  return bunc.stderr;
}

describe("flags", () => {
  test("say the directory, the environment, the user and his groups", async () => {
    expect(await same("--cwd", "/tmp", "ID", "pwd")).toBe("/tmp\n");
    expect(await same("-e", "A=1", "-e", "B=x y", "-e", "A=2", "ID", "env")).toContain("A=2\n");
    expect(await same("-u", "1000", "ID", "sh", "-c", "id -u; id -g; echo $HOME")).toBe(
      "1000\n0\n/home/ada\n",
    );
    expect(await same("--user", "5:6", "-g", "7", "-g", "8", "ID", "id", "-G")).toBe("6 7 8\n");
  });

  test("say what it may do", async () => {
    const status = ["ID", "grep", "-E", "^(Cap|NoNew)", "/proc/self/status"];
    expect(await same(...status)).toContain("NoNewPrivs:\t1");
    expect(await same("--cap", "CAP_SYS_ADMIN", "--cap", "CAP_CHOWN", ...status)).toMatch(
      /^CapEff:\t0000000020200421$/m,
    );
    expect(await same("--no-new-privs", "-u", "1000:1000", ...status)).toContain("NoNewPrivs:\t1");
  });

  test("of the command are the command's", async () => {
    expect(await same("ID", "echo", "--env", "-t", "--", "x")).toBe("--env -t -- x\n");
    expect(await same("--", "ID", "echo", "-e", "x")).toBe("x\n");
  });

  test("hand descriptors on", async () => {
    const path = join(bundle.path, "handed");
    writeFileSync(path, "handed\n");
    for (const name of ["bunc", "runc"] as const) {
      const file = openSync(path, "r");
      const { stdout } = await runtimes[name].call(
        ["exec", "--preserve-fds", "1", idOf(name), "sh", "-c", "cat <&3; ls /proc/self/fd"],
        { descriptors: [file] },
      );
      expect([name, stdout]).toEqual([name, "handed\n0\n1\n2\n3\n4\n"]);
    }
  });

  test("--detach returns at once; --pid-file says which process it is", async () => {
    for (const name of ["bunc", "runc"] as const) {
      const file = join(bundle.path, `${name}.exec.pid`);
      const args = ["exec", "-d", "--pid-file", file, idOf(name), "sleep", "1000"];
      expect(await runtimes[name].call(args)).toMatchObject({ status: 0, stdout: "" });
      const pid = Number(readFileSync(file, "utf8"));
      // runc returns before it has become the program.
      await until(
        "it has become the program",
        () => readFileSync(`/proc/${pid}/cmdline`, "utf8") === "sleep\x001000\0",
        deadlineMs,
      );
      expect(JSON.parse(await runtimes[name].output("ps", "-f", "json", idOf(name)))).toContain(
        pid,
      );
      process.kill(pid, "SIGKILL");
    }
  });
});

describe("--process", () => {
  const file = join(bundle.path, "process.json");
  const write = (fields: Partial<Process> | string): string => {
    const document = {
      cwd: "/",
      args: ["env"],
      env: ["PATH=/bin", "ONLY=this"],
      ...Object(fields),
    };
    writeFileSync(file, typeof fields === "string" ? fields : JSON.stringify(document));
    return file;
  };

  test("is all that counts: nothing of the container's process", async () => {
    const fields = { user: { uid: 3, gid: 4, additionalGids: [9] } };
    write({ ...fields, args: ["sh", "-c", "env; id -G; grep CapEff /proc/self/status"] });
    const printed = await same("--process", file, "ID");
    expect(printed).toContain("ONLY=this\n");
    expect(printed).not.toContain("A=");
    expect(printed).toContain("4 9\nCapEff:\t0000000000000000\n");
  });

  test("has limits, priorities and the like", async () => {
    write({
      args: ["sh", "-c", "ulimit -n; cat /proc/self/oom_score_adj"],
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 88 }],
      oomScoreAdj: 444,
    });
    const { bunc } = await both("--process", file, "ID");
    expect(bunc).toMatchObject({ status: 0, stdout: "77\n444\n" });
  });

  test("is read strictly", async () => {
    write({ cwd: "tmp" });
    expect(await refused("--process", file, "ID")).toContain("/cwd");
    write({ env: ["PATH=/bin", "NOTHING"] });
    expect(await refused("--process", file, "ID")).toContain("/env/1");
    write({ args: [] });
    expect(await refused("--process", file, "ID")).toContain("/args");
    write("{");
    expect(await refused("--process", file, "ID")).toContain(file);
    expect(await refused("--process", "/nonexistent", "ID")).toContain("/nonexistent");
  });
});

describe("what is wrong is refused, with status 255", () => {
  test.each([
    ["abc"],
    ["1000:abc"],
    ["1000:"],
    [":5"],
    ["1000:5:6"],
    ["-1"],
    ["4294967295"],
    ["ada"],
  ])("--user %s", async (user) => {
    expect(await refused("--user", user, "ID", "id")).toContain("--user");
  });

  test.each([
    ["/cwd", ["--cwd", "tmp", "ID", "pwd"]],
    ["/nonexistent", ["--cwd", "/nonexistent", "ID", "pwd"]],
    ["/env", ["--env", "NOTHING", "ID", "env"]],
    ["executable file not found in $PATH", ["ID", "nonexistent"]],
    ["no such file or directory", ["ID", "/nonexistent"]],
    ["permission denied", ["ID", "/etc/passwd"]],
    ["nonexistent", ["--cgroup", "nonexistent", "ID", "true"]],
    ["process args cannot be empty", ["ID"]],
  ] as const)("%s", async (words, args) => {
    expect(await refused(...args)).toContain(words);
  });
});

const { mode } = detectCgroupLayout(linuxKernel());

/** Makes a cgroup below the container's, in one hierarchy; returns its directory. */
function subgroup(name: RuntimeName, controller: string, path: string): string {
  const state = join(runtimes[name].root, idOf(name), "state.json");
  const { cgroupPaths, cgroup_paths: theirs } = JSON.parse(readFileSync(state, "utf8"));
  const paths: Record<string, string> = cgroupPaths ?? theirs;
  const directory = join(paths[controller] ?? paths[""] ?? "", path);
  mkdirSync(directory, { recursive: true });
  return directory;
}

describe("--cgroup", () => {
  test.if(mode !== "v2")("is by controllers on version 1", async () => {
    const lines = "grep -E ':(cpu|pids|memory):' /proc/self/cgroup";
    for (const name of ["bunc", "runc"] as const) {
      const made = ["cpu", "pids"].map((controller) => subgroup(name, controller, "sub"));
      const args = ["exec", "--cgroup", "cpu,pids:sub", idOf(name), "sh", "-c", lines];
      const printed = await runtimes[name].output(...args);
      expect(printed).toMatch(/:cpu:.*\/sub\n/);
      expect(printed).toMatch(/:pids:.*\/sub\n/);
      expect(printed).toMatch(new RegExp(`:memory:.*${idOf(name)}\n`));
      for (const directory of made) rmdirSync(directory);
    }
  });

  test("is one path for all hierarchies", async () => {
    const { paths } = load(idOf("bunc"), { root: runtimes.bunc.root }).cgroup;
    const made = [...new Set(Object.keys(paths).map((each) => subgroup("bunc", each, "all")))];
    // Nobody may enter a new cpuset of version 1 before it has CPUs and memory.
    const cpuset =
      mode === "v2" ? undefined : made.find((each) => existsSync(`${each}/cpuset.cpus`));
    if (cpuset !== undefined) {
      for (const name of ["cpuset.cpus", "cpuset.mems"]) writeFileSync(join(cpuset, name), "0");
    }
    const args = ["exec", "--cgroup", "all", idOf("bunc"), "cat", "/proc/self/cgroup"];
    const lines = (await runtimes.bunc.output(...args)).trim().split("\n");
    // A hierarchy of version 1 that is mounted nowhere has no cgroup of the container.
    const ours = lines.filter((line) => (line.split(":")[1] ?? "") in paths);
    expect(ours.length).toBe(Object.keys(paths).length);
    // With a cgroup namespace paths are as seen from the container's own.
    for (const line of ours) expect(line).toMatch(/\/all$/);
    for (const directory of made) rmdirSync(directory);
  });

  test("may not lead out of the container's", async () => {
    const args = ["exec", "--cgroup", "../..", idOf("bunc"), "cat", "/proc/self/cgroup"];
    const { status, stdout } = await runtimes.bunc.call(args);
    // Dots stop at the container's own cgroup, or the path is refused.
    if (status === 0)
      for (const line of stdout.trim().split("\n")) expect(line).not.toMatch(/:\/$/);
    else expect(status).toBe(255);
  });

  test.if(mode === "v2")(
    "that init has moved to is joined when the container's own takes none",
    async () => {
      const id = await runtimes.bunc.start(forever);
      const { cgroup, pid } = load(id, { root: runtimes.bunc.root });
      const own = cgroup.paths[""] ?? "";
      mkdirSync(join(own, "inner"));
      writeFileSync(join(own, "inner/cgroup.procs"), String(pid));
      writeFileSync(join(own, "cgroup.subtree_control"), "+pids");
      expect(await runtimes.bunc.output("exec", id, "cat", "/proc/self/cgroup")).toMatch(
        /\/inner\n$/,
      );
      await runtimes.bunc.output("delete", "--force", id);
    },
  );
});

describe("a container whose first process has ended", () => {
  // runc's exec reads the bundle's configuration anew, so this one has a bundle of its own.
  const elsewhere = new TestBundle();
  const runtimes = {
    bunc: new RuntimeCommand("bunc", elsewhere),
    runc: new RuntimeCommand("runc", elsewhere),
  };
  afterAll(async () => {
    for (const name of ["bunc", "runc"] as const) await runtimes[name][Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
  });
  /** Without a pid namespace others live on. */
  const shared = withLinux(elsewhere.config("sleep 1000 & exec sleep 1001"), {
    namespaces: (forever.linux?.namespaces ?? []).filter(({ type }) => type !== "pid"),
  });

  test.each(["bunc", "runc"] as const)(
    "%s: nothing is executed; the rest can be killed and deleted",
    async (name) => {
      const runtime = runtimes[name];
      const id = await runtime.start(shared);
      const { pid } = JSON.parse(await runtime.output("state", id));
      const pids = async (): Promise<number[]> =>
        JSON.parse(await runtime.output("ps", "-f", "json", id)) ?? [];
      await until("both run", async () => (await pids()).length === 2, deadlineMs);
      process.kill(pid, "SIGKILL");
      await until("the first has ended", async () => !(await pids()).includes(pid), deadlineMs);
      // The kernel takes a process out of the list a moment before it has ended.
      const status = async (): Promise<string> =>
        JSON.parse(await runtime.output("state", id)).status;
      await until("it is known", async () => (await status()) === "stopped", deadlineMs);
      expect(await runtime.call(["exec", id, "true"])).toMatchObject({
        status: 255,
        stderr: expect.stringContaining("cannot exec in a stopped container"),
      });
      const [left = 0] = await pids();
      await until(
        "what the shell has forked is the program",
        () => readFileSync(`/proc/${left}/cmdline`, "utf8") === "sleep\x001000\0",
        deadlineMs,
      );
      await runtime.output("delete", "--force", id);
      await expect(pids()).rejects.toThrow("does not exist");
    },
  );
});

test("a paused container takes none, unless --ignore-paused says so", async () => {
  const runtime = runtimes.bunc;
  const id = await runtime.start(forever);
  await runtime.output("pause", id);
  expect(await runtime.call(["exec", id, "true"])).toMatchObject({
    status: 255,
    stderr: expect.stringContaining("cannot exec in a paused container"),
  });
  // It stands still until the container goes on.
  const executing = runtime.call(["exec", "--ignore-paused", id, "echo", "on"]);
  await until(
    "it is in the container",
    async () => JSON.parse(await runtime.output("ps", "-f", "json", id)).length === 2,
    deadlineMs,
  );
  await runtime.output("resume", id);
  expect(await executing).toMatchObject({ status: 0, stdout: "on\n" });
  await runtime.output("delete", "--force", id);
});
