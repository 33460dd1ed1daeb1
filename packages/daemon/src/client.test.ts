import { expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@ctr/spec";
import { until } from "tools/until";
import { FakeShims } from "../test/fake-shims.ts";
import { silentLog } from "../test/test-daemon.ts";
import { type Client, createClient } from "./client.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { ContainerService } from "./services/container-service.ts";

/** A daemon that listens, over shims in memory. */
class Served implements AsyncDisposable {
  readonly folder: string;
  readonly shims: FakeShims = new FakeShims();
  readonly daemon: Daemon;
  readonly client: Client;
  readonly bundle: string;

  private constructor(folder: string, shims: FakeShims, daemon: Daemon) {
    this.folder = folder;
    this.shims = shims;
    this.daemon = daemon;
    this.client = createClient({ socketPath: daemon.socketPath });
    this.bundle = join(folder, "bundle");
  }

  static async start(name = "run"): Promise<Served> {
    const folder = mkdtempSync(join(tmpdir(), "ctr-test-client-"));
    const shims = new FakeShims();
    mkdirSync(join(folder, "bundle"));
    writeFileSync(join(folder, "bundle/config.json"), JSON.stringify(defaultConfig()));
    const daemon = await startDaemon({
      stateDirectory: join(folder, name),
      root: join(folder, "lib"),
      shims,
      log: silentLog,
    });
    return new Served(folder, shims, daemon);
  }

  run(id: string): Promise<unknown> {
    return this.client.createContainer({ id, bundle: this.bundle, start: true, openStdin: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const textOf = (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

test("the client loads neither zod nor hono", async () => {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "client.ts")],
    target: "bun",
    metafile: true,
  });
  const inputs = Object.keys(built.metafile?.inputs ?? {});

  expect(inputs.length).toBeGreaterThan(10);
  expect(inputs.filter((path) => /\b(zod|hono|consola|citty)\b|sqlite/.test(path))).toEqual([]);
});

test("a container goes through its life over the socket", async () => {
  await using served = await Served.start();
  const { client, shims } = served;

  expect(await client.version()).toMatchObject({ api: "v1" });
  expect(await client.health()).toMatchObject({ status: "ok", pid: process.pid, containers: 0 });
  expect(await client.openapi()).toMatchObject({ openapi: "3.1.1" });
  expect(await served.run("web")).toMatchObject({ id: "web", status: "running" });
  expect(await client.listContainers({ status: ["running"], label: [] })).toHaveLength(1);
  await client.pauseContainer("web");
  await client.resumeContainer("web");
  await client.updateContainer("web", { cpu: { shares: 100 } });
  expect(await client.listPids("web")).toHaveLength(1);
  const exit = client.waitContainer("web");
  await client.killContainer("web", { signal: "SIGKILL" });
  expect(await exit).toMatchObject({ processId: "init", status: 137 });
  expect(await client.inspectContainer("web")).toMatchObject({ status: "stopped" });
  await client.deleteContainer("web");

  expect(await client.listContainers()).toEqual([]);
  expect(shims.get("web").updates).toEqual([{ cpu: { shares: 100 } }]);
  const events = await Array.fromAsync(client.events({ since: "0", follow: false }));
  expect(events.map(({ type }) => type)).toEqual([
    "create",
    "start-container",
    "pause",
    "resume",
    "update",
    "exit",
    "delete",
  ]);
});

test("a problem arrives as the error that it was", async () => {
  await using served = await Served.start();

  const error = await served.client.inspectContainer("nobody").catch((reason: unknown) => reason);

  expect(error).toMatchObject({
    name: "ContainerError",
    code: "ERR_CONTAINER_NOT_FOUND",
    kind: "notFound",
    message: 'Cannot find container "nobody"',
  });
});

test("openEvents() hears everything from when it resolves, and stops when its reader does", async () => {
  await using served = await Served.start();
  const events = await served.client.openEvents({ type: ["create", "exit"] });
  await served.run("web");
  served.shims.get("web").exit("init", 7);

  const found: unknown[] = [];
  for await (const event of events) {
    found.push(event);
    if (found.length === 2) break;
  }

  expect(found).toMatchObject([
    { type: "create", id: "web" },
    { type: "exit", id: "web", pid: "init", status: 7 },
  ]);
});

test("logs are followed to the end of the process", async () => {
  await using served = await Served.start();
  const { logPath = "" } = Object(await served.run("web"));
  writeFileSync(logPath, "2026-01-01T00:00:00.000000000Z stdout F one\n");
  const lines: (string | undefined)[] = [];

  for await (const { text, base64 } of served.client.logs("web", { follow: true })) {
    lines.push(text ?? base64);
    if (lines.length > 1) continue;
    const record = Buffer.concat([
      Buffer.from("2026-01-01T00:00:01.000000000Z stderr F "),
      Uint8Array.of(0xff, 0x0a),
    ]);
    writeFileSync(logPath, record, { flag: "a" });
    served.shims.get("web").exit("init", 0);
  }

  expect(lines).toEqual(["one", "/w=="]);
});

test("attach carries input and output, sizes and the exit", async () => {
  await using served = await Served.start();
  await served.run("web");
  const big = new Uint8Array(5 * 1024 * 1024).map((_, index) => index % 251);

  using session = await served.client.attach("web", "init", { whenSlow: "wait" });
  session.resize(80, 24);
  const writer = session.stdin.getWriter();
  const written = writer.write(big).then(() => writer.close());
  const [output, error] = await Promise.all([
    new Response(session.stdout).bytes(),
    textOf(session.stderr),
    written,
  ]);

  expect(session).toMatchObject({ processId: "init", terminal: false, pid: undefined });
  expect(error).toBe("hello\n");
  expect(Bun.hash(output)).toBe(Bun.hash(big));
  expect(await session.exited).toMatchObject({ status: 0 });
  expect(served.shims.get("web").sizes).toEqual(["init 80x24"]);
});

test("execAttached() starts the process when it is attached to", async () => {
  await using served = await Served.start();
  await served.run("web");

  using session = await served.client.execAttached("web", { args: ["cat"], openStdin: true });
  await session.stdin.close();

  expect(session.pid).toBe(1001);
  expect(await textOf(session.stderr)).toBe("hello\n");
  expect(await session.exited).toMatchObject({ processId: session.processId, status: 0 });
});

test("output that nobody reads is held back, and detaching lets go", async () => {
  await using served = await Served.start();
  await served.run("web");
  const session = await served.client.attach("web", "init", { whenSlow: "wait" });
  const writer = session.stdin.getWriter();
  let taken = 0;
  const pump = async (): Promise<void> => {
    for (;;) {
      await writer.write(new Uint8Array(64 * 1024));
      taken++;
    }
  };
  const pumped = pump().catch((error: unknown) => error);
  await until("the windows are full", async () => {
    const before = taken;
    await Bun.sleep(50);
    return taken === before;
  });

  session.detach();

  expect(taken * 64).toBeLessThan(8 * 1024);
  expect(await pumped).toMatchObject({ code: "ERR_STDIN_CLOSED" });
  expect(await session.exited).toBeUndefined();
  await until("the daemon lets go", () => served.shims.get("web").detached.length === 1);
});

test("attach tells why it cannot", async () => {
  await using served = await Served.start();
  await served.run("web");

  const unknown = await served.client.attach("web", "nobody").catch((reason: unknown) => reason);
  expect(unknown).toMatchObject({ code: "ERR_PROCESS_NOT_FOUND", kind: "notFound" });
  served.shims.get("web").exit("init", 0);
  const ended = await served.client.attach("web").catch((reason: unknown) => reason);
  expect(ended).toMatchObject({ code: "ERR_PROCESS_NOT_RUNNING", kind: "conflict" });
});

test("a daemon that ends cuts streams, so that they do not look complete", async () => {
  await using served = await Served.start();
  using asked = spyOn(ContainerService.prototype, "wait");
  await served.run("web");
  const events = await served.client.openEvents();
  const waiting = served.client.waitContainer("web").catch((error: unknown) => error);
  await until("the daemon has the request", () => asked.mock.calls.length > 0);
  const session = await served.client.attach("web");
  const read = Array.fromAsync(events).catch((error: unknown) => error);

  await served.daemon.stop();

  expect(await read).toMatchObject({ code: "ERR_DAEMON_GONE" });
  expect(await waiting).toMatchObject({ code: "ERR_DAEMON_GONE" });
  expect(await session.exited.catch((error: unknown) => error)).toMatchObject({
    code: "ERR_DAEMON_GONE",
  });
  expect(await served.client.health().catch((error: unknown) => error)).toMatchObject({
    code: "ERR_DAEMON_UNREACHABLE",
    kind: "unavailable",
  });
  expect(existsSync(served.daemon.socketPath)).toBe(false);
});

test("an aborted call ends with the reason", async () => {
  await using served = await Served.start();
  await served.run("web");
  const abort = new AbortController();
  const waiting = served.client
    .waitContainer("web", { signal: abort.signal })
    .catch((error: unknown) => error);

  abort.abort(new Error("enough"));

  expect(await waiting).toMatchObject({ message: "enough" });
});

test("the socket is ours alone; its path may be long or odd", async () => {
  await using plain = await Served.start();
  await using odd = await Served.start(`odd %41 é ${"x".repeat(120)}`);

  for (const { daemon, client } of [plain, odd]) {
    expect(statSync(daemon.socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(daemon.socketPath, "..")).mode & 0o777).toBe(0o700);
    expect(await client.health()).toMatchObject({ status: "ok" });
  }
  await odd.run("web");
  using session = await odd.client.attach("web");
  await session.stdin.close();
  expect(await session.exited).toMatchObject({ status: 0 });
});

test("a second daemon is refused, a stale socket is replaced, and nothing else is", async () => {
  await using served = await Served.start();
  const start = (stateDirectory: string, root: string, socketPath?: string): Promise<unknown> =>
    startDaemon({
      stateDirectory: join(served.folder, stateDirectory),
      root: join(served.folder, root),
      log: silentLog,
      shims: served.shims,
      ...(socketPath === undefined ? {} : { socketPath: join(served.folder, socketPath) }),
    }).catch((error: unknown) => error);

  expect(await start("run", "lib2")).toMatchObject({ code: "ERR_DAEMON_RUNNING" });
  expect(await start("run2", "lib")).toMatchObject({ code: "ERR_JOURNAL_BUSY" });
  expect(await start("run3", "lib3", "run/ctr.sock")).toMatchObject({ code: "ERR_DAEMON_RUNNING" });
  expect(await start("run4", "lib4", "bundle/config.json")).toMatchObject({
    code: "ERR_ADDRESS_IN_USE",
  });
  expect(await served.client.health()).toMatchObject({ status: "ok" });
});
