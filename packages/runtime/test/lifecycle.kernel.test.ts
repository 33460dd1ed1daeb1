import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { list, load, run } from "../src/index.ts";
import { TestBundle, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const forever = bundle.config("exec sleep 1000");
const { root } = bundle;

describe("a container's life", () => {
  test("created, running, stopped, gone", async () => {
    const container = await bundle.create(bundle.config("exit 7"));
    const { id } = container;
    expect(container.state()).toMatchObject({ id, status: "created", bundle: bundle.bundle });
    expect(readFileSync(`/proc/${container.pid}/comm`, "utf8").trim()).toBe("bunc:init");
    expect(list({ root }).map((each) => [each.id, each.status])).toContainEqual([id, "created"]);

    await container.start();
    expect(await container.exited).toEqual({ status: 7, code: 7 });
    expect(container.state()).not.toHaveProperty("pid");
    expect(load(id, { root }).status()).toBe("stopped");

    await container.delete();
    expect(() => load(id, { root })).toThrow("container does not exist");
    expect(bundle.remains(id)).toEqual([]);
  });

  test("another process can start, execute in, pause, resume, kill and delete it", async () => {
    const { id, exited } = await bundle.create(forever);
    await load(id, { root }).start();
    expect(load(id, { root }).status()).toBe("running");

    const process = await load(id, { root }).exec({
      process: { args: ["sh", "-c", "exit 3"], cwd: "/", env: ["PATH=/bin"] },
    });
    expect((await process.exited).status).toBe(3);

    await load(id, { root }).pause();
    expect(load(id, { root }).status()).toBe("paused");
    await expect(
      load(id, { root }).exec({ process: { args: ["/bin/true"], cwd: "/" } }),
    ).rejects.toThrow("cannot exec in a paused container");
    await load(id, { root }).resume();

    await load(id, { root }).kill("KILL");
    expect(await exited).toEqual({ status: 137, signal: "SIGKILL" });
    await load(id, { root }).delete();
    expect(bundle.remains(id)).toEqual([]);
  });

  test.each([
    ["HUP", { status: 129, code: 129 }],
    ["INT", { status: 130, code: 130 }],
    ["QUIT", { status: 131, code: 131 }],
    ["ABRT", { status: 134, code: 134 }],
    ["TERM", { status: 143, code: 143 }],
    ["KILL", { status: 137, signal: "SIGKILL" }],
  ])("a container that waits for start ends by SIG%s", async (name, exit) => {
    const container = await bundle.create(forever);
    await container.kill("USR1");
    await container.kill(0);
    expect(container.status()).toBe("created");
    // By a program that knows nothing of containers, as --pidfd-socket is for.
    process.kill(container.pid, `SIG${name}`);
    expect(await container.exited).toEqual(exit);
    expect(container.status()).toBe("stopped");
    await container.delete();
  });

  test("a signal ends a container that waits for start also when its filter refuses handlers", async () => {
    const config = bundle.config("exec sleep 1000", (spec) => ({
      ...withProcess(spec, { noNewPrivileges: false }),
      linux: {
        ...spec.linux,
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["rt_sigaction"], action: "SCMP_ACT_KILL_PROCESS" }],
        },
      },
    }));
    const container = await bundle.create(config);
    await container.kill("TERM");
    expect(await container.exited).toEqual({ status: 143, code: 143 });
    await container.delete();
  });

  test("the program of a container handles no signal when it begins", async () => {
    const config = bundle.config('exec grep -E "^Sig(Cgt|Ign|Blk)" /proc/self/status');
    const { stdout } = await bundle.run(config);
    const none = "0".repeat(16);
    expect(stdout).toBe(`SigBlk:\t${none}\nSigIgn:\t${none}\nSigCgt:\t${none}\n`);
  });

  test("a paused container can be killed", async () => {
    const container = await bundle.create(forever);
    await container.start();
    await container.pause();
    await container.kill("SIGKILL");
    expect((await container.exited).signal).toBe("SIGKILL");
    await container.delete();
  });

  test("what is not allowed in a state is refused, and changes nothing", async () => {
    const container = await bundle.create(forever);
    const { id } = container;
    await expect(bundle.create(forever, {}, id)).rejects.toThrow("already exists");
    await container.start();
    await expect(container.start()).rejects.toThrow("cannot start an already running container");
    await expect(container.delete()).rejects.toThrow("not stopped: running");
    await expect(container.resume()).rejects.toThrow("it is running");
    await expect(container.kill("NOPE")).rejects.toThrow("unknown signal");
    expect(container.status()).toBe("running");

    await container.kill("KILL");
    await container.exited;
    await expect(container.kill("TERM")).rejects.toThrow("container not running");
    await expect(container.start()).rejects.toThrow("has stopped");
    await expect(container.exec({ process: { args: ["/bin/true"], cwd: "/" } })).rejects.toThrow(
      "cannot exec in a stopped container",
    );
    await container.delete();
    await expect(container.delete({ force: true })).resolves.toBeUndefined();
  });

  test("a created container can be deleted, a running one by force", async () => {
    const created = await bundle.create(forever);
    await created.delete();
    const running = await bundle.create(forever);
    await running.start();
    const { pid } = running;
    await load(running.id, { root }).delete({ force: true });
    expect(existsSync(`/proc/${pid}/root/bin`)).toBe(false);
    expect(bundle.remains(created.id)).toEqual([]);
    expect(bundle.remains(running.id)).toEqual([]);
  });

  test("a limit on descriptors may be lower than what making the container took", async () => {
    const mounts = Array.from({ length: 20 }, (_, index) => ({
      destination: `/tmp/${index}`,
      source: "/usr",
      options: ["bind"],
    }));
    const limit = { type: "RLIMIT_NOFILE", soft: 20, hard: 20 } as const;
    const config = bundle.config("exit 7", (base) => ({
      ...withProcess(base, { rlimits: [limit] }),
      mounts: [...(base.mounts ?? []), ...mounts],
    }));
    const container = await bundle.create(config);
    await container.start();
    expect((await container.exited).status).toBe(7);
    await container.delete();
  });

  test("two who start it: one does, one is refused", async () => {
    const { id } = await bundle.create(forever);
    const results = await Promise.allSettled([
      load(id, { root }).start(),
      load(id, { root }).start(),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await load(id, { root }).delete({ force: true });
  });

  test("two who create it: one does, one is refused", async () => {
    const id = bundle.id();
    const results = await Promise.allSettled([
      bundle.create(forever, {}, id),
      bundle.create(forever, {}, id),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await load(id, { root }).delete({ force: true });
    expect(bundle.remains(id)).toEqual([]);
  });

  test("the pid file holds the pid of the first process", async () => {
    const pidFile = join(bundle.path, "pid");
    const container = await bundle.create(forever, { pidFile });
    expect(readFileSync(pidFile, "utf8")).toBe(String(container.pid));
    await container.delete();
  });

  test("a program that cannot be executed fails create, in words that engines look for", async () => {
    for (const [args, words] of [
      [["nonexistent"], "executable file not found in $PATH"],
      [["/nonexistent"], "no such file or directory"],
      [["/etc/passwd"], "permission denied"],
      [["/etc"], "is a directory (/process/args): permission denied (EACCES)"],
    ] as const) {
      const id = bundle.id();
      await expect(bundle.create(withProcess(forever, { args }), {}, id)).rejects.toThrow(words);
      expect(bundle.remains(id)).toEqual([]);
    }
  });

  test("a script without an interpreter fails start", async () => {
    await Bun.write(join(bundle.rootfs, "bin/nothing"), "no program");
    Bun.spawnSync(["chmod", "755", join(bundle.rootfs, "bin/nothing")]);
    const container = await bundle.create(withProcess(forever, { args: ["nothing"] }));
    await expect(container.start()).rejects.toThrow("exec format error (ENOEXEC)");
    await container.exited;
    expect(container.status()).toBe("stopped");
    await container.delete();
  });

  test("its processes are listed, those that were executed among them", async () => {
    const container = await bundle.create(forever);
    await container.start();
    const process = await container.exec({ process: { args: ["/bin/sleep", "1000"], cwd: "/" } });
    expect(container.pids().toSorted()).toEqual([container.pid, process.pid].toSorted());
    process.kill("TERM");
    expect((await process.exited).signal).toBe("SIGTERM");
    expect(() => process.kill("TERM")).toThrow("it has ended");
    await container.delete({ force: true });
  });
});

describe("run()", () => {
  test("returns output and status, and leaves nothing", async () => {
    let id = "";
    {
      await using container = await run({
        root,
        rootfs: bundle.rootfs,
        args: ["sh", "-c", "echo out; echo err >&2; exit 4"],
      });
      ({ id } = container);
      expect(await new Response(container.stdout).text()).toBe("out\n");
      expect(await new Response(container.stderr).text()).toBe("err\n");
      expect(await container.exited).toEqual({ status: 4, code: 4 });
    }
    expect(bundle.remains(id)).toEqual([]);
  });

  test("ends what still runs when it goes out of scope", async () => {
    let pid = 0;
    {
      await using container = await run({ root, rootfs: bundle.rootfs, args: ["sleep", "1000"] });
      ({ pid } = container);
      expect(existsSync(`/proc/${pid}`)).toBe(true);
    }
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("feeds the program, all at once or bit by bit", async () => {
    const text = "x".repeat(1_000_000);
    await using fed = await run({ root, rootfs: bundle.rootfs, args: ["cat"], stdin: text });
    expect(await new Response(fed.stdout).text()).toBe(text);

    await using piped = await run({ root, rootfs: bundle.rootfs, args: ["cat"], stdin: "pipe" });
    await piped.stdin?.write("a");
    await piped.stdin?.write("b");
    await piped.stdin?.end();
    expect(await new Response(piped.stdout).text()).toBe("ab");
  });

  test("leaves nothing when it cannot run", async () => {
    const before = list({ root });
    await expect(run({ root, rootfs: bundle.rootfs, args: ["nonexistent"] })).rejects.toThrow(
      "not found in $PATH",
    );
    expect(list({ root })).toEqual(before);
  });

  test("keeps no descriptor open", async () => {
    const count = readDescriptors;
    const once = async (): Promise<void> => {
      await using container = await run({ root, rootfs: bundle.rootfs, args: ["true"] });
      await container.exited;
    };
    await once();
    const before = count();
    for (let index = 0; index < 20; index++) await once();
    // What others in this process opened may come and go; a leak would be one for each run, at least.
    expect(count()).toBeLessThan(before + 10);
  });
});

function readDescriptors(): number {
  return Array.from(new Bun.Glob("*").scanSync({ cwd: "/proc/self/fdinfo" })).length;
}
