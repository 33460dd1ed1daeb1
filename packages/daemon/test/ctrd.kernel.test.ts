import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import type { Client } from "../src/client.ts";
import { RealDaemon } from "./real-daemon.ts";

const timeoutMs = 60_000;

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) . /, "")
      .split(" ")[0],
  );

async function pidOf(client: Client, id: string, processId = "init"): Promise<number> {
  return (await client.inspectProcess(id, processId)).pid ?? 0;
}

/** Pids of the shims of a daemon that wait for a container. */
const sparesOf = (daemon: RealDaemon): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === join(daemon.folder, "run/.spare");
      } catch {
        return false;
      }
    });

const withTerminal = (config: Config): Config => ({
  ...config,
  process: { cwd: "/", ...config.process, terminal: true },
});

const withMemoryLimit =
  (limit: number) =>
  (config: Config): Config => ({
    ...config,
    linux: {
      ...config.linux,
      resources: { ...config.linux?.resources, memory: { limit, swap: limit } },
    },
  });

const failure = (reason: unknown): unknown => reason;

describe.each(["bunc", "/usr/sbin/runc"])("over %s", (name) => {
  test(
    "a container runs, is logged, waited for and deleted",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.shell("echo out; echo err >&2; printf part; exit 3");

      await client.createContainer({ id: web, bundle, ...daemon.runtime(name) });
      expect(await client.inspectContainer(web)).toMatchObject({ status: "created" });
      await client.startContainer(web);
      expect(await client.waitContainer(web)).toMatchObject({ status: 3 });

      // Each stream is in order; between the two there is none.
      const records = await Array.fromAsync(client.logs(web));
      expect(records.filter(({ stream }) => stream === "stdout")).toMatchObject([
        { timestamp: expect.stringMatching(/^20.*Z$/), text: "out" },
        { text: "part" },
      ]);
      expect(records.filter(({ stream }) => stream === "stderr")).toMatchObject([{ text: "err" }]);
      await client.deleteContainer(web);
      expect(await daemon.events()).toEqual([
        "create web",
        "start-container web",
        "exit web init 3",
        "delete web",
      ]);
    },
    timeoutMs,
  );

  test(
    "what cannot be started says why and leaves nothing",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.bundle(["NoSuchFile"]);

      const error = await client
        .createContainer({ id: web, bundle, start: true, ...daemon.runtime(name) })
        .catch(failure);

      expect(error).toMatchObject({
        name: "ContainerError",
        message: expect.stringContaining("NoSuchFile"),
      });
      expect(await client.listContainers()).toEqual([]);
      expect(existsSync(join(daemon.folder, "run", web))).toBe(false);
    },
    timeoutMs,
  );

  test(
    "execs run attached and detached, and end without the container",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.bundle(["sleep", "1000"]);
      await client.createContainer({ id: web, bundle, start: true, ...daemon.runtime(name) });

      using session = await client.execAttached(web, {
        args: ["sh", "-c", "cat; echo done >&2; exit 4"],
        openStdin: true,
        env: ["A=b"],
      });
      const writer = session.stdin.getWriter();
      await writer.write(Buffer.from("through\n"));
      await writer.close();
      const [out, err] = await Promise.all([
        new Response(session.stdout).text(),
        new Response(session.stderr).text(),
      ]);
      expect([out, err]).toEqual(["through\n", "done\n"]);
      expect(await session.exited).toMatchObject({ status: 4 });

      await client.exec(web, {
        processId: "long",
        args: ["sleep", "1000"],
        log: { format: "cri" },
      });
      // runc has said that it runs a moment before it is the program.
      await until("sleep is executed", async () => {
        const pids = await client.listPids(web);
        const long = pids.find(({ processId }) => processId === "long");
        return long?.command?.join(" ") === "sleep 1000";
      });
      await client.killProcess(web, "long", { signal: "SIGKILL" });
      expect(await client.waitProcess(web, "long")).toMatchObject({ status: 137 });
      expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
      await client.deleteProcess(web, "long");

      const missing = await client.exec(web, { args: ["NoSuchFile"] }).catch(failure);
      expect(missing).toMatchObject({ message: expect.stringContaining("NoSuchFile") });
      expect((await client.listProcesses(web)).length).toBe(2);
    },
    timeoutMs,
  );

  test(
    "a terminal has a size, carries input and output, and one stream",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.bundle(["sh"], withTerminal);
      await client.createContainer({
        id: web,
        bundle,
        openStdin: true,
        ...daemon.runtime(name),
      });
      using session = await client.attach(web, "init", { whenSlow: "wait" });
      await client.startContainer(web);
      expect(session.terminal).toBe(true);
      session.resize(91, 33);
      const writer = session.stdin.getWriter();
      const output = new Response(session.stdout).text();

      await writer.write(Buffer.from("stty size; tty=yes; echo $tty >&2; exit 5\n"));

      const text = await output;
      expect(text).toContain("33 91\r\n");
      expect(text).toContain("yes\r\n");
      expect(await session.exited).toMatchObject({ status: 5 });
    },
    timeoutMs,
  );

  test(
    "pause, resume, update and pids reach the container",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.shell("sleep 1000 & sleep 1000");
      await client.createContainer({ id: web, bundle, start: true, ...daemon.runtime(name) });
      await until("both sleep", async () => (await client.listPids(web)).length >= 2);

      await client.pauseContainer(web);
      expect(await client.inspectContainer(web)).toMatchObject({ status: "paused" });
      await client.resumeContainer(web);
      expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
      await client.updateContainer(web, { pids: { limit: 20 } });

      expect(await client.stopContainer(web, { timeoutMs: 200 })).toMatchObject({ status: 137 });
      expect(await client.listPids(web)).toEqual([]);
    },
    timeoutMs,
  );

  test(
    "figures reach the client, and so does that memory has run out",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const glutton = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";
      const bundle = await daemon.bundle(
        ["sh", "-c", `(${glutton}); sleep 1000`],
        withMemoryLimit(16 << 20),
      );
      await client.createContainer({ id: web, bundle, start: true, ...daemon.runtime(name) });

      await until("memory runs out", async () => (await daemon.events()).includes("oom web"));
      const { stats } = await client.containerStats(web);
      expect(stats.memory.usage?.limit).toBe(16 << 20);
      expect(Number(stats.pids.current)).toBeGreaterThanOrEqual(1);
      await client.stopContainer(web, { signal: "SIGKILL" });
      expect((await daemon.events()).at(-1)).toBe("exit web init 137");
    },
    timeoutMs,
  );

  test(
    "ctrd is killed: what runs goes on, what ends meanwhile is told once",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const runtime = daemon.runtime(name);
      const counter = await daemon.shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done");
      const sleeper = await daemon.bundle(["sleep", "1000"]);
      await client.createContainer({
        id: daemon.id("counts"),
        bundle: counter,
        start: true,
        ...runtime,
      });
      await client.createContainer({
        id: daemon.id("ends"),
        bundle: sleeper,
        start: true,
        ...runtime,
      });
      await client.createContainer({ id: daemon.id("waits"), bundle: sleeper, ...runtime });
      await client.exec(daemon.id("counts"), { processId: "check", args: ["sleep", "1000"] });
      const [init, ends, check] = await Promise.all([
        pidOf(client, daemon.id("counts")),
        pidOf(client, daemon.id("ends")),
        pidOf(client, daemon.id("counts"), "check"),
      ]);
      const shim = parentOf(init);
      expect(parentOf(shim)).toBe(daemon.pid);
      const before = await daemon.events();

      await daemon.end("SIGKILL");
      process.kill(ends, "SIGKILL");
      process.kill(check, "SIGTERM");
      await until("both have ended", () => !isAlive(ends) && !isAlive(check));
      // Their shims have noticed, too: one that has nothing left to hold goes.
      const runDirectory = join(daemon.folder, "run");
      await until("their exits are known", () => {
        const isGone = !existsSync(join(runDirectory, daemon.id("ends"), "shim.sock"));
        return isGone && existsSync(join(runDirectory, daemon.id("counts"), "check/exitStatus"));
      });
      expect(isAlive(init)).toBe(true);
      await daemon.begin();

      expect(parentOf(init)).toBe(shim);
      const statuses = (await client.listContainers()).map(({ id, status }) => [id, status]);
      expect(statuses).toEqual([
        [daemon.id("counts"), "running"],
        [daemon.id("ends"), "stopped"],
        [daemon.id("waits"), "created"],
      ]);
      const since = (await daemon.events()).slice(before.length);
      expect(since.toSorted()).toEqual(["exit counts check 143", "exit ends init 137"]);
      const lines = await until("it counts on", async () => {
        const text = (await daemon.output(daemon.id("counts"))).trim().split("\n");
        return text.length > 10 && text;
      });
      expect(lines).toEqual(lines.map((_, index) => String(index + 1)));
      using session = await client.execAttached(daemon.id("counts"), { args: ["echo", "here"] });
      expect(await new Response(session.stdout).text()).toBe("here\n");
      await client.startContainer(daemon.id("waits"));
      expect(await client.inspectContainer(daemon.id("waits"))).toMatchObject({
        status: "running",
      });
    },
    timeoutMs,
  );

  test(
    "a shim is killed: its container ends with 137, and the id can be used again",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const web = daemon.id("web");
      const bundle = await daemon.bundle(["sleep", "1000"]);
      const options = { id: web, bundle, start: true, ...daemon.runtime(name) };
      await client.createContainer(options);
      const init = await pidOf(client, web);

      process.kill(parentOf(init), "SIGKILL");

      expect(await client.waitContainer(web)).toMatchObject({ status: 137 });
      expect(isAlive(init)).toBe(false);
      await client.deleteContainer(web);
      await client.createContainer(options);
      expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
    },
    timeoutMs,
  );
});

test.each(["bunc", "/usr/sbin/runc"])(
  "daemons of different state directories can have containers of one id, over %s",
  async (runtime) => {
    await using first = await RealDaemon.start();
    await using second = await RealDaemon.start();
    const id = first.id("web");
    const bundle = await first.bundle(["sleep", "1000"]);
    for (const { client } of [first, second]) {
      await client.createContainer({ id, bundle, runtime, start: true });
    }
    const pids = [await pidOf(first.client, id), await pidOf(second.client, id)];
    const cgroups = pids.map((pid) => readFileSync(`/proc/${pid}/cgroup`, "utf8"));
    expect(cgroups[0]).toContain(`/${id}-`);
    expect(cgroups[0]).not.toBe(cgroups[1]);

    await first.client.deleteContainer(id, { force: true });

    expect(await second.client.inspectContainer(id)).toMatchObject({ status: "running" });
    expect(await second.client.listPids(id)).toHaveLength(1);
    expect(isAlive(pids[1] ?? 0)).toBe(true);
    // What a shim that was killed has left is found by the same name.
    process.kill(parentOf(pids[1] ?? 0), "SIGKILL");
    expect(await second.client.waitContainer(id)).toMatchObject({ status: 137 });
    await second.client.deleteContainer(id);
    await second.client.createContainer({ id, bundle, runtime });
  },
  timeoutMs,
);

test(
  "logs are followed while they are written, over rotations",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const web = daemon.id("web");
    const bundle = await daemon.shell("for i in $(seq 2000); do echo line $i; done");
    await client.createContainer({ id: web, bundle, log: { sizeBytesMax: 8192, filesMax: 100 } });
    const follow = Array.fromAsync(client.logs(web, { follow: true }));

    await client.startContainer(web);
    const lines = (await follow).map(({ text }) => text);

    expect(lines).toEqual(Array.from({ length: 2000 }, (_, index) => `line ${index + 1}`));
    const tail = await Array.fromAsync(client.logs(web, { tail: 3 }));
    expect(tail.map(({ text }) => text)).toEqual(["line 1998", "line 1999", "line 2000"]);
  },
  timeoutMs,
);

test(
  "a client that does not read is let go, and the process goes on; or the process waits",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const web = daemon.id("web");
    const line =
      "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); echo line $i of what is written; done";
    const bundle = await daemon.shell(`${line}; sleep 1000`);
    await client.createContainer({ id: web, bundle, log: { format: "none" } });
    using quick = await client.attach(web, "init", { whenSlow: "detach" });
    await client.startContainer(web);
    using waits = await client.execAttached(web, { args: ["sh", "-c", line] });

    const output = new Response(waits.stdout).text();
    expect((await output).split("\n")).toHaveLength(200_001);
    expect(await waits.exited).toMatchObject({ status: 0 });

    // The shim lets go of the other one, which then has what was on its way and no more.
    const isWritten = async (): Promise<boolean> =>
      (await client.listPids(web)).some(({ command }) => command[0] === "sleep");
    await until("everything is written", isWritten, 30_000);
    const text = await new Response(quick.stdout).text().catch(failure);
    expect(text).toMatchObject({ code: "ERR_ATTACH_SLOW" });
    expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
  },
  timeoutMs,
);

test(
  "the log of an exec is its own, and a process without one says so",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const web = daemon.id("web");
    const bundle = await daemon.bundle(["sleep", "1000"]);
    await client.createContainer({ id: web, bundle, start: true, log: { format: "none" } });
    await client.exec(web, {
      processId: "job",
      args: ["sh", "-c", "echo from the job"],
      log: { format: "raw" },
    });
    await client.waitProcess(web, "job");

    const records = await Array.fromAsync(client.logs(web, { processId: "job" }));
    expect(records).toEqual([{ stream: "stdout", text: "from the job" }]);
    const none = await Array.fromAsync(client.logs(web)).catch(failure);
    expect(none).toMatchObject({ code: "ERR_NO_LOG" });
  },
  timeoutMs,
);

test(
  "a container with removeOnExit goes by itself with everything of it",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const web = daemon.id("web");
    const bundle = await daemon.shell("exit 6");
    const events = await client.openEvents();

    await client.createContainer({ id: web, bundle, start: true, removeOnExit: true });
    expect(await client.waitContainer(web)).toMatchObject({ status: 6 });
    for await (const { type } of events) if (type === "delete") break;

    expect(await client.listContainers()).toEqual([]);
    expect(existsSync(join(daemon.folder, "run", web))).toBe(false);
    expect(existsSync(join(daemon.folder, "lib/logs", web))).toBe(false);
    expect(await client.waitContainer(web)).toMatchObject({ status: 6 });
  },
  timeoutMs,
);

test(
  "SIGTERM ends ctrd with 0 and containers go on",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const web = daemon.id("web");
    await client.createContainer({
      id: web,
      bundle: await daemon.bundle(["sleep", "1000"]),
      start: true,
    });
    const init = await pidOf(client, web);

    expect(await daemon.end("SIGTERM")).toBe(0);
    expect(isAlive(init)).toBe(true);
    await daemon.begin();

    expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
  },
  timeoutMs,
);

test(
  "shims are started ahead, used, made up for, and end with ctrd",
  async () => {
    await using daemon = await RealDaemon.start("--spare-shims", "2");
    const { client } = daemon;
    const bundle = await daemon.bundle(["sleep", "1000"]);
    await daemon.spares(2);
    const waiting = sparesOf(daemon);
    expect(waiting).toHaveLength(2);

    const [web, other] = [daemon.id("web"), daemon.id("other")];
    await client.createContainer({ id: web, bundle, start: true });
    const shim = parentOf(await pidOf(client, web));
    expect(waiting).toContain(shim);
    await client.createContainer({ id: other, bundle, start: true, ...daemon.runtime("runc") });
    expect(waiting).toContain(parentOf(await pidOf(client, other)));
    await daemon.spares(2);
    const spares = sparesOf(daemon);
    expect(spares.some((pid) => waiting.includes(pid))).toBe(false);

    // One that dies is made up for, too.
    const [dying = 0] = spares;
    process.kill(dying, "SIGKILL");
    const last = await until("another one waits in its place", async () => {
      const isFull = (await client.health()).spareShims === 2;
      const pids = sparesOf(daemon);
      return isFull && pids.length === 2 && !pids.includes(dying) && pids;
    });

    await daemon.end("SIGKILL");
    await until("the spares end", () => !last.some(isAlive));
    expect(isAlive(shim)).toBe(true);
    await daemon.begin();
    expect(await client.inspectContainer(web)).toMatchObject({ status: "running" });
  },
  timeoutMs,
);

test(
  "no shim is started ahead when that is not wanted, or shims do not live",
  async () => {
    await using without = await RealDaemon.start("--spare-shims", "0");
    await using hopeless = await RealDaemon.start();
    hopeless.shim = "/bin/false";
    await hopeless.end();
    await hopeless.begin();

    await until("it gives up", () => hopeless.log.includes("Spare shims end by themselves"));
    expect(await hopeless.client.health()).toMatchObject({ spareShims: 0 });
    expect(await without.client.health()).toMatchObject({ spareShims: 0 });
    expect(sparesOf(without)).toEqual([]);
  },
  timeoutMs,
);

test(
  "ctrd is killed while a shim is about to take its container: the next one waits for it",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client } = daemon;
    const bundle = await daemon.bundle(["sleep", "1000"]);
    const web = daemon.id("web");
    await daemon.spares(1);
    const [spare = 0] = sparesOf(daemon);
    process.kill(spare, "SIGSTOP");
    const created = client.createContainer({ id: web, bundle, start: true }).catch(failure);
    const file = join(daemon.folder, "run", web, "init/process.json");
    await until("the shim is told", async () => {
      return existsSync(file) && (await client.health()).spareShims === 0;
    });

    await daemon.end("SIGKILL");
    expect(await created).toBeInstanceOf(Error);
    const begun = daemon.begin();
    await until("the next one starts", async () => {
      const health = await client.health().catch(() => undefined);
      return health?.status === "starting";
    });
    process.kill(spare, "SIGCONT");
    await begun;

    expect(await client.inspectContainer(web)).toMatchObject({ status: "created" });
    expect(parentOf(await pidOf(client, web))).toBe(spare);
    await client.startContainer(web);
  },
  timeoutMs,
);

test(
  "ctrd is killed at any instant, and nothing that was acknowledged is lost or told twice",
  async () => {
    await using daemon = await RealDaemon.start("--spare-shims", "2");
    const { client } = daemon;
    const quick = await daemon.shell("exit 1");
    const long = await daemon.bundle(["sleep", "1000"]);
    const created = new Set<string>();
    const deleting = new Set<string>();
    const deleted = new Set<string>();
    for (let round = 0; round < 8; round++) {
      // In half of the rounds some containers get shims that were started ahead.
      if (round % 2 === 0) await daemon.spares(2);
      // Work goes on in the background until the daemon dies at an instant that differs from round to round.
      const work = Array.from({ length: 3 }, async (_, lane) => {
        for (let step = 0; ; step++) {
          const id = daemon.id(`${round}-${lane}-${step}`);
          await client.createContainer({ id, bundle: step % 2 === 0 ? quick : long, start: true });
          created.add(id);
          if (step % 3 !== 1) continue;
          deleting.add(id);
          await client.deleteContainer(id, { force: true });
          deleted.add(id);
        }
      });
      const failed = Promise.allSettled(work);
      const goal = created.size + 2 + (round % 3);
      await until("there is work under way", () => created.size >= goal);
      await daemon.end("SIGKILL");
      await failed;
      await daemon.begin();
    }

    const there = new Map((await client.listContainers()).map((one) => [one.id, one]));
    // What was asked for and not acknowledged may have been done nevertheless.
    for (const id of created.difference(deleting)) expect([id, there.has(id)]).toEqual([id, true]);
    for (const id of deleted) expect([id, there.has(id)]).toEqual([id, false]);
    const quickOnes = [...there.values()].filter(
      ({ bundle, status }) => bundle === quick && status !== "created",
    );
    await Promise.all(quickOnes.map(({ id }) => client.waitContainer(id)));
    const events = await daemon.events();
    expect(events.filter((event, index) => events.indexOf(event) !== index)).toEqual([]);
    const name = (id: string): string => id.slice(daemon.id("").length);
    for (const { id } of quickOnes) expect(events).toContain(`exit ${name(id)} init 1`);
    for (const id of deleted) expect(events).toContain(`delete ${name(id)}`);
    for (const id of there.keys()) {
      expect(events).toContain(`create ${name(id)}`);
      expect(events).not.toContain(`delete ${name(id)}`);
    }
  },
  4 * timeoutMs,
);
