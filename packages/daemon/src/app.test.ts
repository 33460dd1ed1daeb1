import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shimFiles } from "@ctr/shim/protocol";
import { ContainerError } from "@ctr/spec";
import { until } from "tools/until";
import { TestDaemon } from "../test/test-daemon.ts";
import { Journal } from "./services/journal.ts";

test("a container is created, started, waited for and deleted, and its events are told", async () => {
  await using daemon = await TestDaemon.start();

  const created = await daemon.ok("POST", "/containers", {
    id: "web",
    bundle: daemon.bundle,
    labels: { tier: "front" },
  });
  expect(created).toMatchObject({
    id: "web",
    bundle: daemon.bundle,
    runtime: "bunc",
    status: "created",
    labels: { tier: "front" },
    removeOnExit: false,
    processes: [{ processId: "init", status: "created", pid: 1000 }],
    logPath: join(daemon.root, "logs/web/init.log"),
  });
  expect(await daemon.ok("POST", "/containers/web/start")).toMatchObject({ status: "running" });
  const waiting = daemon.ok("GET", "/containers/web/processes/init/wait");
  daemon.shims.get("web").exit("init", 3);
  expect(await waiting).toEqual({ processId: "init", status: 3, exitedAt: expect.any(String) });
  expect(await daemon.ok("GET", "/containers/web")).toMatchObject({
    status: "stopped",
    exit: { status: 3 },
  });
  await daemon.ok("DELETE", "/containers/web");

  expect((await daemon.request("GET", "/containers/web")).status).toBe(404);
  expect(daemon.events()).toEqual([
    "create web",
    "start-container web",
    "exit web init 3",
    "delete web",
  ]);
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
  expect(readdirSync(join(daemon.root, "logs"))).toEqual([]);
});

test("files of a container are for us alone, and a shim finds what it needs", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web", {
    terminal: true,
    openStdin: true,
    runtime: "/usr/sbin/runc",
    runtimeArgs: ["--root", "/run/x"],
    log: { sizeBytesMax: 1000, filesMax: 3 },
  });

  const directory = join(daemon.stateDirectory, "web");
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, "state.json")).mode & 0o777).toBe(0o600);
  expect(daemon.shims.get("web").options).toEqual({
    id: "web",
    bundle: daemon.bundle,
    runtime: "/usr/sbin/runc",
    directory,
    process: {
      terminal: true,
      openStdin: true,
      runtimeId: "web-test",
      runtimeArgs: ["--root", "/run/x"],
      log: {
        path: join(daemon.root, "logs/web/init.log"),
        format: "cri",
        sizeBytesMax: 1000,
        filesMax: 3,
      },
      deleteOnExit: true,
    },
  });
});

test("of two requests for one id one gets 409", async () => {
  await using daemon = await TestDaemon.start();
  const body = { id: "web", bundle: daemon.bundle };

  const answers = await Promise.all([
    daemon.request("POST", "/containers", body),
    daemon.request("POST", "/containers", body),
    daemon.request("POST", "/containers", body),
  ]);

  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  expect(daemon.events()).toEqual(["create web"]);
});

test("a container that could not be created leaves nothing", async () => {
  await using daemon = await TestDaemon.start();
  daemon.shims.beforeStart = async () => {
    throw new ContainerError("Cannot mount", { code: "ERR_MOUNT", kind: "invalid" });
  };

  const answer = await daemon.request("POST", "/containers", { id: "web", bundle: daemon.bundle });

  expect(answer.status).toBe(400);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.json()).toEqual({
    type: "urn:ctr:error:ERR_MOUNT",
    title: "Bad Request",
    status: 400,
    detail: "Cannot mount",
    code: "ERR_MOUNT",
    kind: "invalid",
  });
  expect(await daemon.ok("GET", "/containers")).toEqual({ containers: [] });
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
  expect(daemon.events()).toEqual([]);
});

test("a bundle without config.json is refused before anything is made", async () => {
  await using daemon = await TestDaemon.start();

  const answer = await daemon.request("POST", "/containers", { id: "web", bundle: "/nowhere" });

  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({
    code: "ERR_BUNDLE_NOT_FOUND",
    pointer: "/body/bundle",
  });
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
});

test("everything that is wrong with a request is told at once", async () => {
  await using daemon = await TestDaemon.start();

  const answer = await daemon.request("POST", "/containers?dry=1", {
    id: "../evil",
    bundle: "relative",
    surprise: 1,
  });

  expect(answer.status).toBe(400);
  const { problems, code } = Object(await answer.json());
  expect(code).toBe("ERR_INVALID_REQUEST");
  expect(problems.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
    "/query/dry",
    "/body/id",
    "/body/bundle",
    "/body/surprise",
  ]);
});

test("what is wrong with a process or with limits is told with its place", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  const exec = await daemon.request("POST", "/containers/web/processes", {
    process: { cwd: 7, rlimits: [{ type: "RLIMIT_NOFILE", soft: -1, hard: 1 }] },
  });
  const update = await daemon.request("PATCH", "/containers/web/resources", {
    pids: { limit: "x" },
  });

  expect([exec.status, update.status]).toEqual([400, 400]);
  expect(Object(await exec.json()).problems).toMatchObject([
    { pointer: "/body/process/cwd", message: "found 7, allowed is a string" },
    { pointer: "/body/process/rlimits/0/soft" },
  ]);
  expect(await update.json()).toMatchObject({ pointer: "/body/pids/limit" });
});

test("HTTP's own rules are kept: paths, methods, types and lengths", async () => {
  await using daemon = await TestDaemon.start();
  const send = (path: string, init: RequestInit) => daemon.app.request(`http://ctr${path}`, init);
  const json = { "content-type": "application/json" };

  const wrong = [
    await send("/v1/nothing", {}),
    await send("/v1/containers", { method: "PUT" }),
    await send("/v1/containers", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "text/plain" },
    }),
    await send("/v1/containers", { method: "POST", body: "{", headers: json }),
    await send("/v1/containers", {
      method: "POST",
      body: "x".repeat(5 * 1024 * 1024),
      headers: json,
    }),
    await send("/v1/containers/web/processes/init/attach", {}),
    await send("/v1/containers/..%2Fetc", {}),
    await send("/v1/containers?status=nice", {}),
    await send("/v1/events?since=yesterday", {}),
  ];

  expect(wrong.map(({ status }) => status)).toEqual([404, 405, 415, 400, 413, 426, 400, 400, 400]);
  expect(wrong[1]?.headers.get("allow")).toBe("POST, GET");
  for (const answer of wrong) {
    expect(await answer.json()).toMatchObject({
      code: expect.stringMatching(/^ERR_/),
      detail: expect.any(String),
    });
  }
});

test("list filters by id, state and label", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("b", { labels: { app: "shop", tier: "front" } });
  await daemon.run("a", { labels: { app: "shop" } });
  await daemon.ok("POST", "/containers", { id: "c", bundle: daemon.bundle });
  const ids = async (query: string): Promise<string[]> =>
    Object(await daemon.ok("GET", `/containers${query}`)).containers.map(
      ({ id }: { id: string }) => id,
    );

  expect(await ids("")).toEqual(["a", "b", "c"]);
  expect(await ids("?status=running")).toEqual(["a", "b"]);
  expect(await ids("?status=created&status=stopped")).toEqual(["c"]);
  expect(await ids("?label=app")).toEqual(["a", "b"]);
  expect(await ids("?label=app=shop&label=tier=front")).toEqual(["b"]);
  expect(await ids("?id=c&id=a&id=x")).toEqual(["a", "c"]);
});

test("pause, resume and update ask the shim and are refused in other states", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  await daemon.ok("POST", "/containers/web/pause");
  expect(await daemon.ok("GET", "/containers/web")).toMatchObject({ status: "paused" });
  const again = await daemon.request("POST", "/containers/web/pause");
  expect([again.status, Object(await again.json()).code]).toEqual([409, "ERR_CONTAINER_STATUS"]);
  await daemon.ok("POST", "/containers/web/resume");
  await daemon.ok("PATCH", "/containers/web/resources", { pids: { limit: 7 } });

  expect(daemon.shims.get("web").updates).toEqual([{ pids: { limit: 7 } }]);
  expect(daemon.events().slice(2)).toEqual(["pause web", "resume web", "update web"]);
});

test("stop asks, and kills what does not listen; a paused container is resumed first", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("kind");
  await daemon.run("deaf");
  await daemon.ok("POST", "/containers/kind/pause");

  expect(await daemon.ok("POST", "/containers/kind/stop")).toMatchObject({ status: 143 });
  expect(
    await daemon.ok("POST", "/containers/deaf/stop", { signal: 9, timeoutMs: 10 }),
  ).toMatchObject({ status: 137 });
  expect(await daemon.ok("POST", "/containers/deaf/stop", {})).toMatchObject({ status: 137 });
});

test("stop and delete with force wait for the end of what has ended by itself and is not told yet", async () => {
  await using daemon = await TestDaemon.start();
  for (const [id, method, path, answer] of [
    ["stopped", "POST", "/containers/stopped/stop", { status: 3 }],
    ["deleted", "DELETE", "/containers/deleted?force=true", undefined],
  ] as const) {
    await daemon.run(id);
    const container = daemon.shims.get(id);
    const asked = Promise.withResolvers<void>();
    container.beforeKill = () => {
      asked.resolve();
      throw new ContainerError("It has ended", { code: "ERR_PROCESS_ENDED", kind: "conflict" });
    };

    const answered = daemon.ok(method, path);
    await asked.promise;
    container.exit("init", 3);

    expect(Object(await answered).status).toBe(answer?.status);
    expect(daemon.of(id)).toContain("exit init 3");
  }
});

test("who asks while a container and its shim end learns that it has ended", async () => {
  await using daemon = await TestDaemon.start();
  const ending = (id: string) => (): never => {
    daemon.shims.get(id).exit("init", 3);
    throw new ContainerError("Nobody answers", { code: "ERR_SHIM_GONE", kind: "unavailable" });
  };
  for (const id of ["killed", "listed", "executed"]) await daemon.run(id);
  daemon.shims.get("killed").beforeKill = ending("killed");
  daemon.shims.get("listed").onAsked = ending("listed");
  daemon.shims.get("executed").onAsked = ending("executed");

  for (const [id, path, body, code] of [
    ["killed", "kill", { signal: 9 }, "ERR_PROCESS_NOT_RUNNING"],
    ["executed", "processes", { args: ["true"] }, "ERR_CONTAINER_STATUS"],
  ] as const) {
    const answer = await daemon.request("POST", `/containers/${id}/${path}`, body);
    expect([answer.status, Object(await answer.json()).code]).toEqual([409, code]);
  }
  expect(await daemon.ok("GET", "/containers/listed/pids")).toEqual({ pids: [] });
});

test("delete refuses what runs, and kills it with force", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  const refused = await daemon.request("DELETE", "/containers/web");
  expect([refused.status, Object(await refused.json()).hint]).toEqual([
    409,
    "Stop it first, or use force",
  ]);
  await daemon.ok("DELETE", "/containers/web?force=true");

  expect(daemon.events()).toEqual([
    "create web",
    "start-container web",
    "exit web init 137",
    "delete web",
  ]);
});

test("a container that was never started is deleted without an exit", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.ok("POST", "/containers", { id: "web", bundle: daemon.bundle });

  await daemon.ok("DELETE", "/containers/web");

  expect(daemon.events()).toEqual(["create web", "delete web"]);
  expect(daemon.shims.get("web").isAlive).toBe(false);
});

test("with removeOnExit a container goes when it ends, and its exit can be asked for still", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("job", { removeOnExit: true });

  daemon.shims.get("job").exit("init", 4);
  await until("it is gone", () => daemon.containers.count === 0);

  expect(await daemon.ok("GET", "/containers/job/processes/init/wait")).toMatchObject({
    status: 4,
  });
  expect((await daemon.request("GET", "/containers/job")).status).toBe(404);
  expect((await daemon.request("GET", "/containers/other/processes/init/wait")).status).toBe(404);
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
  expect(daemon.events().at(-1)).toBe("delete job");
});

test("an exec is started, told apart from an earlier one of its name, and forgotten", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");
  const exec = { processId: "check", args: ["true"] };

  for (const status of [0, 1]) {
    expect(await daemon.ok("POST", "/containers/web/processes", exec)).toMatchObject({
      processId: "check",
      status: "running",
      pid: 1001 + status,
    });
    const running = await daemon.request("DELETE", "/containers/web/processes/check");
    expect(running.status).toBe(409);
    daemon.shims.get("web").exit("check", status);
    await until("the exit is announced", () =>
      daemon.events().includes(`exit web check ${status}`),
    );
    await daemon.ok("DELETE", "/containers/web/processes/check");
  }

  expect(daemon.events().slice(2)).toEqual([
    "start-process web check",
    "exit web check 0",
    "start-process web check",
    "exit web check 1",
  ]);
  const taken = await daemon.request("POST", "/containers/web/processes", {
    processId: "init",
    args: ["x"],
  });
  expect(taken.status).toBe(400);
});

test("an exec gets the environment of the container and what was asked for", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  await daemon.ok("POST", "/containers/web/processes", {
    processId: "check",
    args: ["env"],
    env: ["A=1"],
    cwd: "/tmp",
    user: { uid: 7, gid: 8 },
    capabilities: ["net_admin"],
    start: false,
  });

  const state = await Bun.file(join(daemon.stateDirectory, "web/state.json")).json();
  const { process } = state.execs.check.pending;
  expect(process).toMatchObject({
    args: ["env"],
    cwd: "/tmp",
    user: { uid: 7, gid: 8 },
    terminal: false,
  });
  expect(process.env.at(-1)).toBe("A=1");
  expect(process.env.length).toBeGreaterThan(1);
  expect(process.capabilities.bounding).toContain("CAP_NET_ADMIN");
  expect(process.capabilities.inheritable ?? []).not.toContain("CAP_NET_ADMIN");
  expect(await daemon.ok("GET", "/containers/web/processes/check")).toMatchObject({
    status: "created",
  });
  const both = await daemon.request("POST", "/containers/web/processes", {
    args: ["x"],
    process: { cwd: "/" },
  });
  expect(both.status).toBe(400);
});

test("an exec with removeOnExit leaves no directory, and its exit can be asked for still", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");
  await daemon.ok("POST", "/containers/web/processes", {
    processId: "check",
    args: ["true"],
    removeOnExit: true,
  });

  daemon.shims.get("web").exit("check", 5);
  await until("it is forgotten", () => !existsSync(join(daemon.stateDirectory, "web/check")));

  expect(await daemon.ok("GET", "/containers/web/processes/check/wait")).toMatchObject({
    status: 5,
  });
  expect(await daemon.ok("GET", "/containers/web/processes")).toMatchObject({
    processes: [{ processId: "init" }],
  });
});

test("a restarted daemon takes up what runs and tells once what happened while it was away", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("stays");
  await daemon.run("ends");
  await daemon.run("goes", { removeOnExit: true });
  await daemon.ok("POST", "/containers", { id: "waits", bundle: daemon.bundle });
  await daemon.ok("POST", "/containers/stays/processes", { processId: "check", args: ["x"] });
  await daemon.ok("POST", "/containers/ends/processes", { processId: "check", args: ["x"] });
  await daemon.ok("POST", "/containers/stays/processes", {
    processId: "later",
    args: ["x"],
    start: false,
  });
  const before = daemon.events();

  await daemon.restart(() => {
    daemon.shims.get("ends").exit("check", 1);
    daemon.shims.get("ends").exit("init", 2);
    daemon.shims.get("stays").exit("check", 3);
    daemon.shims.get("goes").exit("init", 4);
  });
  await until("what goes by itself is gone", () => daemon.containers.count === 3);

  const list = Object(await daemon.ok("GET", "/containers")).containers;
  expect(list.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`)).toEqual([
    "ends stopped",
    "stays running",
    "waits created",
  ]);
  expect(list[0].started).toBeString();
  const since = daemon.events().slice(before.length);
  expect(since.toSorted()).toEqual([
    "delete goes",
    "exit ends check 1",
    "exit ends init 2",
    "exit goes init 4",
    "exit stays check 3",
  ]);
  expect(since.indexOf("exit ends check 1")).toBeLessThan(since.indexOf("exit ends init 2"));
  await daemon.restart();
  await daemon.restart();
  expect(daemon.events()).toHaveLength(before.length + 5);
  expect(await daemon.ok("POST", "/containers/stays/processes/later/start")).toMatchObject({
    status: "running",
  });
  daemon.shims.get("stays").exit("init", 0);
  await until("the exit is announced", () => daemon.events().includes("exit stays init 0"));
});

test("a container that is started while it is looked at is running from then on", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.ok("POST", "/containers", { id: "web", bundle: daemon.bundle });
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<boolean | undefined>();
  daemon.shims.isFrozen = (): Promise<boolean | undefined> => {
    asked.resolve();
    return answer.promise;
  };

  const looked = daemon.ok("GET", "/containers/web");
  await asked.promise;
  expect(await daemon.ok("POST", "/containers/web/start")).toMatchObject({ status: "running" });
  answer.resolve(false);

  expect(await looked).toMatchObject({ status: "running" });
  expect(await daemon.ok("GET", "/containers/web")).toMatchObject({ status: "running" });
});

test("whether a container is paused is seen without its shim, which may sleep", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");
  const status = async (): Promise<unknown> =>
    Object(await daemon.ok("GET", "/containers/web")).status;
  let asked = 0;
  daemon.shims.get("web").onAsked = () => asked++;

  daemon.shims.frozen = true;
  expect(await status()).toBe("paused");
  daemon.shims.frozen = false;
  expect(await status()).toBe("running");
  expect(asked).toBe(0);

  daemon.shims.frozen = undefined;
  expect(await status()).toBe("running");
  expect(asked).toBe(1);
});

test("a container whose shim died is cleaned up after, with the daemon there or away", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("here");
  await daemon.run("away");

  daemon.shims.get("here").die();
  await until("the exit is announced", () => daemon.events().includes("exit here init 137"));
  await daemon.restart(() => daemon.shims.get("away").die());

  expect(daemon.events()).toContain("exit away init 137");
  expect(daemon.shims.recovered).toEqual(["here", "away"]);
  await daemon.ok("DELETE", "/containers/here");
  await daemon.ok("DELETE", "/containers/away");
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
});

test("what a daemon left half done is finished or undone by the next", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("halfDeleted");
  await daemon.run("halfMade");
  const { instance } = await Bun.file(join(daemon.stateDirectory, "halfDeleted/state.json")).json();

  await daemon.restart(() => {
    using journal = openJournal(daemon);
    journal.add({ type: "delete", id: "halfDeleted", instance, onceKey: "delete" });
    daemon.shims.get("halfMade").die();
    rmSync(join(daemon.stateDirectory, "halfMade/init"), { recursive: true });
    rmSync(join(daemon.stateDirectory, "halfMade", shimFiles.socket));
  });

  expect(await daemon.ok("GET", "/containers")).toEqual({ containers: [] });
  expect(readdirSync(daemon.stateDirectory)).toEqual([]);
});

test("memory that runs out is told once, before the end of what was killed, whoever listens", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("here");
  await daemon.run("away");
  await daemon.run("gone");

  daemon.shims.get("here").oom();
  daemon.shims.get("here").exit("init", 137);
  await until("the exit is announced", () => daemon.events().includes("exit here init 137"));
  daemon.shims.get("away").oom();
  await until("it is announced", () => daemon.events().includes("oom away"));
  await daemon.restart(() => {
    daemon.shims.get("away").oom();
    daemon.shims.get("gone").oom();
    daemon.shims.get("gone").exit("init", 137);
  });
  daemon.shims.get("away").oom();
  await until("it is announced", () => daemon.of("away").length === 5);
  await daemon.restart();

  expect(daemon.of("here")).toEqual(["create", "start-container", "oom", "exit init 137"]);
  expect(daemon.of("away")).toEqual(["create", "start-container", "oom", "oom", "oom"]);
  expect(daemon.of("gone")).toEqual(["create", "start-container", "oom", "exit init 137"]);
});

test("stats are the runtime's figures, to the last digit, of what runs", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  const response = await daemon.request("GET", "/containers/web/stats");

  expect(response.headers.get("content-type")).toBe("application/json");
  const text = await response.text();
  expect(text).toContain('"memory":{"usage":{"limit":18446744073709551615,"usage":1024');
  expect(JSON.parse(text)).toMatchObject({
    id: "web",
    readAt: "2026-06-15T03:10:37.000Z",
    stats: { cpu: { usage: { total: 5e9 } }, pids: { current: 2 } },
  });
  daemon.shims.get("web").exit("init", 0);
  await until("it is stopped", () => daemon.events().includes("exit web init 0"));
  const stopped = await daemon.request("GET", "/containers/web/stats");
  expect(stopped.status).toBe(409);
  expect(await stopped.json()).toMatchObject({ code: "ERR_CONTAINER_STATUS" });
});

test("no event of a container is older than the one before", async () => {
  await using daemon = await TestDaemon.start();
  // It ends while the answer to the start is on its way.
  daemon.shims.afterStart = async (container) => {
    container.exit("init", 0);
    await Bun.sleep(5);
  };
  await daemon.run("web");
  daemon.shims.afterStart = async () => undefined;
  await daemon.run("execs");
  daemon.shims.afterExec = async (container, processId) => {
    container.exit(processId, 0);
    await Bun.sleep(5);
  };
  await daemon.ok("POST", "/containers/execs/processes", { processId: "quick", args: ["true"] });
  await until("both exits are announced", () => {
    return daemon.events().filter((event) => event.startsWith("exit")).length === 2;
  });

  for (const id of ["web", "execs"]) {
    const times = daemon.journal
      .read({ after: 0, upTo: daemon.journal.last, ids: [id], limit: 100 })
      .map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
    expect(times.length).toBeGreaterThanOrEqual(3);
  }
});

test("a directory that is not ours is left alone", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.restart(() => {
    Bun.spawnSync(["mkdir", "-p", join(daemon.stateDirectory, "foreign/init")]);
    mkdirSync(join(daemon.stateDirectory, ".hidden"));
    writeFileSync(join(daemon.stateDirectory, "file"), "");
  });

  expect(existsSync(join(daemon.stateDirectory, "foreign/init"))).toBe(true);
  expect(existsSync(join(daemon.stateDirectory, ".hidden"))).toBe(true);
  expect(daemon.warnings).toEqual([expect.stringContaining("foreign")]);
  const taken = await daemon.request("POST", "/containers", {
    id: "foreign",
    bundle: daemon.bundle,
  });
  expect(taken.status).toBe(409);
});

test("the events stream replays by Last-Event-ID and by time", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");
  const read = async (path: string, headers = {}) =>
    await (
      await daemon.app.request(`http://ctr/v1/events?follow=false${path}`, { headers })
    ).text();

  const all = await read("&since=0");
  expect(all).toStartWith(": events\n\nid: 1\nevent: create\ndata: {");
  expect(all.match(/^id: \d+$/gm)).toEqual(["id: 1", "id: 2"]);
  expect(await read("", { "last-event-id": "1" })).toContain("start-container");
  expect(await read("", { "last-event-id": "1" })).not.toContain("event: create");
  expect(await read("")).toBe(": events\n\n");
});

test("pids lists what the kernel shows", async () => {
  await using daemon = await TestDaemon.start();
  await daemon.run("web");

  expect(await daemon.ok("GET", "/containers/web/pids")).toMatchObject({
    pids: [{ pid: process.pid, parentPid: process.ppid, command: expect.any(Array) }],
  });
});

function openJournal(daemon: TestDaemon): Journal {
  return Journal.open(daemon.root);
}
