import { afterAll, describe, expect, test } from "bun:test";
import { chownSync, existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, defaultConfig } from "@ctr/spec";
import { detectCgroupLayout } from "../src/cgroups/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { idMapHelpers, OrdinaryUser } from "./ordinary-user.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
const user = new OrdinaryUser(bundle.path);
afterAll(async () => {
  for (const id of containersOf()) await user.bunc(["delete", "--force", id]);
  await bundle[Symbol.asyncDispose]();
});

user.give(bundle.bundle);
const { mode } = detectCgroupLayout(linuxKernel());
const file = join(bundle.bundle, "config.json");
const run = ["run", "--bundle", bundle.bundle] as const;

function write(config: Config): void {
  writeFileSync(file, JSON.stringify(config));
}

function rootless(script: string, change = (config: Config): Config => config): Config {
  const config = defaultConfig({
    rootless: { uid: user.uid, gid: user.uid },
    cgroupNamespace: mode === "v2",
  });
  return change(withProcess(config, { terminal: false, args: ["/bin/sh", "-c", script] }));
}

/** More ids than his own. */
function mapped(config: Config): Config {
  const mappings = [
    { containerID: 0, hostID: user.uid, size: 1 },
    { containerID: 1, hostID: user.firstSubordinate, size: 65_536 },
  ];
  return withLinux(config, { uidMappings: mappings, gidMappings: mappings });
}

function containersOf(): string[] {
  const root = join(user.home, "run/bunc");
  return existsSync(root) ? readdirSync(root) : [];
}

function describeRootless(): void {
  test("spec --rootless writes what run takes as it is", async () => {
    const made = join(user.home, "made");
    expect((await user.run(["mkdir", made])).status).toBe(0);
    expect((await user.run(["cp", "-r", bundle.rootfs, made])).status).toBe(0);
    expect(await user.bunc(["spec", "--rootless", "--bundle", made])).toMatchObject({ status: 0 });
    const { stdout, stderr, status } = await user.bunc(["run", "--bundle", made, "as-it-is"], {
      input: "echo $((6 * 7)); exit 5\n",
    });
    expect([status, stderr]).toEqual([5, ""]);
    expect(stdout).toMatch(/\n42\r?\n/);
    expect(containersOf()).toEqual([]);
  });

  test("root in the container is the user on the host", async () => {
    write({
      ...rootless("id -u; id -g; cat /proc/self/setgroups; echo > /tmp/x"),
      root: { path: "rootfs" },
    });
    const { stdout, stderr, status } = await user.bunc([...run, "own"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe("0\n0\ndeny\n");
    const owner = await user.run(["stat", "-c", "%u:%g", join(bundle.rootfs, "tmp/x")]);
    expect(owner.stdout).toBe(`${user.uid}:${user.uid}\n`);
  });

  test("every verb works", async () => {
    write(rootless("exec sleep 1000"));
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { stdout, stderr, status } = await user.bunc(args);
      expect([args, status, stderr]).toEqual([args, 0, ""]);
      return stdout;
    };
    await ok("create", "--bundle", bundle.bundle, "verbs");
    expect(await ok("list")).toMatch(/^verbs +[0-9]+ +created .* ctr-test\n/m);
    await ok("start", "verbs");
    expect(await ok("exec", "verbs", "id", "-u")).toBe("0\n");
    expect(JSON.parse(await ok("state", "verbs"))).toMatchObject({
      id: "verbs",
      status: "running",
    });
    await ok("kill", "verbs", "KILL");
    await ok("delete", "--force", "verbs");
    expect(containersOf()).toEqual([]);
  });

  test("the terminal of a container works", async () => {
    write(withProcess(rootless("tty; test -t 1"), { terminal: true }));
    const { stdout, status } = await user.bunc([...run, "terminal"]);
    expect([status, stdout.trim()]).toEqual([0, "/dev/pts/0"]);
  });

  test("a limit that nobody may set is refused by name", async () => {
    write(
      rootless("true", (config) =>
        withLinux(config, { resources: { memory: { limit: 1 << 26 } } }),
      ),
    );
    const { stderr, status } = await user.bunc([...run, "limited"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/Cannot (make the cgroup|set the memory limit)/);
    expect(containersOf()).toEqual([]);
  });

  test("a cgroup of its own is refused when nobody may make it", async () => {
    write(rootless("true", (config) => withLinux(config, { cgroupsPath: "/ctr-test-nobody" })));
    const { stderr, status } = await user.bunc([...run, "placed"]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("ctr-test-nobody (linux.cgroupsPath)"),
    ]);
    expect(containersOf()).toEqual([]);
  });

  test("without a user namespace it says what is missing", async () => {
    const config = bundle.config("true");
    write(config);
    const { stderr, status } = await user.bunc([...run, "no-namespace"]);
    expect(status).toBe(1);
    expect(stderr).toContain("(/linux/namespaces)");
    expect(stderr).toContain("user namespace");
    expect(containersOf()).toEqual([]);
  });

  test("without helpers, ids that are not his own cannot be mapped", async () => {
    write(rootless("true", mapped));
    const { stderr, status } = await user.bunc([...run, "no-helpers"], { path: "/nonexistent" });
    expect(status).toBe(1);
    expect(stderr).toContain("(/linux/uidMappings): newuidmap is not installed");
    expect(containersOf()).toEqual([]);
  });

  test("groups that nobody may set are refused", async () => {
    const user_ = { uid: 0, gid: 0, additionalGids: [0] };
    write(withProcess(rootless("true"), { user: user_ }));
    const { stderr, status } = await user.bunc([...run, "groups"]);
    expect(status).toBe(1);
    expect(stderr).toContain("(/process/user/additionalGids): nobody in its user namespace");
    expect(containersOf()).toEqual([]);
  });

  test("root of a user namespace can make containers in it, with and without one of their own", async () => {
    const own = { containerID: 0, hostID: 0, size: 1 };
    const nested = rootless("id -u; ls -l /dev/null | cut -c1-10", (config) =>
      withLinux(config, { uidMappings: [own], gidMappings: [own] }),
    );
    const { uidMappings: _, gidMappings: __, ...linux } = nested.linux ?? {};
    const namespaces = (linux.namespaces ?? []).filter(({ type }) => type !== "user");
    for (const config of [nested, { ...nested, linux: { ...linux, namespaces } }]) {
      write(config);
      const { stdout, stderr, status } = await user.bunc([...run, "in-namespace"], {
        within: ["unshare", "--user", "--map-root-user"],
      });
      expect([status, stderr, stdout]).toEqual([0, "", "0\ncrw-rw-rw-\n"]);
    }
    expect(containersOf()).toEqual([]);
  });

  test("somebody else's containers are not looked at", async () => {
    const root = `/tmp/bunc-${user.uid}`;
    mkdirSync(root);
    try {
      const { stderr, status } = await user.bunc(["list"], { runtimeDirectory: "" });
      expect(status).toBe(1);
      expect(stderr).toContain(`Cannot keep containers in "${root}"`);
    } finally {
      rmdirSync(root);
    }
  });
}

function describeMapped(): void {
  test("processes can be other users, with groups", async () => {
    write(
      withProcess(rootless("id; cat /proc/self/uid_map; cat /proc/self/setgroups", mapped), {
        user: { uid: 1000, gid: 1000, additionalGids: [5, 6] },
      }),
    );
    const { stdout, stderr, status } = await user.bunc([...run, "mapped"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^uid=1000.* gid=1000.* groups=5,6,1000|^uid=1000.* gid=1000.* groups=5,6/,
    );
    expect(stdout.replaceAll(/ +/g, " ")).toContain(
      ` 0 ${user.uid} 1\n 1 ${user.firstSubordinate} 65536\nallow\n`,
    );
  });

  test("exec joins them", async () => {
    write(rootless("exec sleep 1000", mapped));
    await user.bunc([...run, "--detach", "joined"]);
    const { stdout, status } = await user.bunc([
      "exec",
      "--user",
      "1000:1000",
      "joined",
      "id",
      "-u",
    ]);
    expect([status, stdout]).toEqual([0, "1000\n"]);
    await user.bunc(["delete", "--force", "joined"]);
    expect(containersOf()).toEqual([]);
  });
}

/** On version 2 a part of the tree can be given to a user: cgroups(7), "Delegation". */
function describeDelegated(): void {
  test("limits work in a cgroup that was delegated", async () => {
    const top = "/sys/fs/cgroup/ctr-test-delegated";
    const own = join(top, "own");
    const controllers = "+pids +memory +cpu";
    writeFileSync("/sys/fs/cgroup/cgroup.subtree_control", controllers);
    mkdirSync(own, { recursive: true });
    try {
      for (const name of ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads", ""]) {
        for (const place of [top, own]) chownSync(join(place, name), user.uid, user.uid);
      }
      const limits = { pids: { limit: 20 }, memory: { limit: 1 << 26 } };
      write(
        rootless(
          "cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max; exec sleep 1000",
          (config) => withLinux(config, { resources: limits }),
        ),
      );
      writeFileSync(join(top, "cgroup.subtree_control"), controllers);
      const command = [...run, "--detach", "delegated"];
      const made = await user.bunc(command, { cgroup: own });
      expect([made.status, made.stderr]).toEqual([0, ""]);
      expect(await Bun.file(join(top, "delegated/pids.max")).text()).toBe("20\n");
      const inside = async (...args: readonly string[]): Promise<string> =>
        (await user.bunc(args, { cgroup: own })).stdout;
      expect(await inside("exec", "delegated", "cat", "/proc/self/cgroup")).toBe("0::/\n");
      await inside("pause", "delegated");
      expect(JSON.parse(await inside("state", "delegated")).status).toBe("paused");
      await inside("resume", "delegated");
      await inside("update", "--pids-limit", "30", "delegated");
      expect(await Bun.file(join(top, "delegated/pids.max")).text()).toBe("30\n");
      expect(JSON.parse(await inside("ps", "--format", "json", "delegated"))).toHaveLength(1);
      await inside("delete", "--force", "delegated");
      expect(existsSync(join(top, "delegated"))).toBe(false);
    } finally {
      for (const place of [own, top]) rmdirSync(place);
    }
  });
}

const { canRun } = user;
if (canRun) describe("as an ordinary user", describeRootless);
else {
  test.skipIf(!canRun)(
    "nothing can be tested as an ordinary user: he cannot read this repository, or run Bun",
    () => undefined,
  );
}
const canMap = canRun && idMapHelpers !== undefined;
if (canMap) describe("as an ordinary user with newuidmap", describeMapped);
else test.skipIf(!canMap)("newuidmap is not installed (Debian: uidmap)", () => undefined);
if (canRun && mode === "v2") describe("as an ordinary user with a cgroup", describeDelegated);
