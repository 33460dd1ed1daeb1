/**
 * The walk of "getting started with containerd" (2016), from the bundle to the last command, with the built executables.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "tools/is-alive";
import { findTraces, leftovers, type Traces } from "tools/leftovers";
import { until } from "tools/until";
import { type Built, build } from "./built.ts";

const repository = join(import.meta.dir, "..", "..");
let built: Built;
let work: string;
let before: Traces;
let daemon: Bun.Subprocess | undefined;
const spawned: Bun.Subprocess[] = [];

interface Output {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

async function run(...command: string[]): Promise<Output> {
  const child = Bun.spawn(command, {
    cwd: work,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // One that does not end tells more by what it has printed than a test that times out.
    timeout: 50_000,
    killSignal: "SIGKILL",
    env: {
      ...process.env,
      PATH: `${built.folder}:${process.env["PATH"]}`,
      CTR_ADDRESS: join(work, "run/ctr.sock"),
      CTR_NO_DAEMON_START: "1",
    },
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, err, code };
}

/** Runs a command that has to succeed, and returns what it printed. */
async function ok(...command: string[]): Promise<string> {
  const { out, err, code } = await run(...command);
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code}: ${out}${err}`);
  return out;
}

async function startDaemon(): Promise<void> {
  const log = Bun.file(join(work, "ctrd.log"));
  daemon = Bun.spawn(
    [
      join(built.folder, "ctrd"),
      "--state-dir",
      join(work, "run"),
      "--root",
      join(work, "lib"),
      "--debug",
    ],
    { cwd: work, stdin: "ignore", stdout: log, stderr: log },
  );
  spawned.push(daemon);
  await until("ctrd answers", async () => (await run("ctr", "version")).code === 0);
}

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) . /, "")
      .split(" ")[0],
  );
const commandOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
const redis = async (...words: string[]): Promise<string> =>
  (await run("redis-cli", ...words)).out.trim();
const redisAnswers = (): Promise<true> =>
  until("redis answers", async () => (await redis("ping")) === "PONG");

/** What is left of the container, wherever; the daemon and the bundle are still there. */
function tracesOfRedis(): string[] {
  return leftovers(before, findTraces()).filter(
    (thing) => /redis/.test(thing) && !/^temporary file|ctrd|--spare/.test(thing),
  );
}

beforeAll(async () => {
  before = findTraces();
  [built, work] = await Promise.all([build(), mkdtemp(join(tmpdir(), "ctr-test-redis-"))]);
  await ok(join(repository, "examples/redis/make-bundle"), join(work, "redis"));
  await startDaemon();
}, 120_000);

afterAll(async () => {
  await run("ctr", "delete", "--force", "redis");
  await run("bunc", "--root", join(work, "bunc"), "delete", "--force", "redis");
  for (const child of spawned) {
    child.kill();
    await child.exited;
  }
  await rm(work, { recursive: true, force: true });
  await built[Symbol.asyncDispose]();
}, 120_000);

test("the bundle has the configuration of 2016, byte for byte", async () => {
  const configuration = await Bun.file(join(work, "redis/config.json")).text();

  expect(configuration).toBe(await Bun.file(join(repository, "examples/redis/config.json")).text());
  expect(JSON.parse(configuration).ociVersion).toBe("0.4.0");
});

test("redis runs under the daemon, survives its death, and is gone when killed", async () => {
  const bundle = join(work, "redis");
  await ok("ctr", "--debug", "containers", "start", "redis", bundle);

  const list = await ok("ctr", "--debug", "containers", "list");
  expect(list.split("\n")[0]?.trim().split(/\s+/)).toEqual(["ID", "PATH", "STATUS", "PROCESSES"]);
  expect(list.split("\n")[1]?.trim().split(/\s+/)).toEqual(["redis", bundle, "running", "init"]);

  await redisAnswers();
  expect(await redis("set", "greeting", "hello")).toBe("OK");

  // ctrd -> ctr-shim -> redis-server
  const state = join(work, "run/redis");
  const pid = Number(readFileSync(join(state, "init/pid"), "utf8"));
  const shim = parentOf(pid);
  expect(commandOf(pid)).toStartWith("redis-server 0.0.0.0:6379");
  expect(commandOf(shim)).toContain("ctr-shim redis");
  expect(parentOf(shim)).toBe(daemon?.pid ?? 0);

  // the files of the state directory
  expect(existsSync(join(state, "state.json"))).toBe(true);
  expect(readdirSync(join(state, "init"))).toEqual(
    expect.arrayContaining(["control", "exit", "log.json", "pid", "process.json", "shim-log.json"]),
  );

  // The daemon dies; redis does not notice, and its shim belongs to pid 1 now.
  daemon?.kill("SIGKILL");
  await daemon?.exited;
  expect(await redis("get", "greeting")).toBe("hello");
  await until("the shim is reparented", () => parentOf(shim) === 1);

  await startDaemon();
  expect((await ok("ctr", "containers", "list")).split("\n")[1]?.trim().split(/\s+/)).toEqual([
    "redis",
    bundle,
    "running",
    "init",
  ]);
  expect((await ok("ctr", "exec", "redis", "redis-cli", "get", "greeting")).trim()).toBe("hello");

  // On the read-only root of 2016 redis cannot save, and without having saved it does not end upon SIGTERM.
  expect(await redis("config", "set", "save", "")).toBe("OK");
  await ok("ctr", "kill", "redis");
  const exit = await until("the exit event arrives", async () =>
    (await ok("ctr", "--json", "events", "--since", "0", "--no-follow"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .find((event) => event.type === "exit" && event.id === "redis" && event.pid === "init"),
  );
  // redis-server shuts down in order upon SIGTERM.
  expect(exit.status).toBe(0);

  await until("nothing of redis is left in the state directory", () => !existsSync(state));
  expect((await ok("ctr", "containers", "list")).trim().split("\n")).toHaveLength(1);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  await until("the shim ends", () => !isAlive(shim));
  expect(tracesOfRedis()).toEqual([]);
}, 120_000);

test("bunc run, list, state and kill work on the same bundle", async () => {
  const bundle = join(work, "redis");
  const root = join(work, "bunc");
  // The configuration asks for a terminal: script(1) gives one.
  const runner = Bun.spawn(
    ["script", "-qec", `${join(built.folder, "bunc")} --root ${root} run redis`, "/dev/null"],
    {
      cwd: bundle,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  spawned.push(runner);
  await redisAnswers();

  const [header = "", line = ""] = (await ok("bunc", "--root", root, "list")).split("\n");
  expect(header.trim().split(/\s+/)).toEqual(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]);
  expect(line.trim().split(/\s+/)).toEqual([
    "redis",
    expect.stringMatching(/^\d+$/),
    "running",
    bundle,
    expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    "root",
  ]);
  const state = JSON.parse(await ok("bunc", "--root", root, "state", "redis"));
  expect(state).toMatchObject({
    id: "redis",
    status: "running",
    bundle,
    rootfs: join(bundle, "rootfs"),
  });
  expect(readlinkSync(`/proc/${state.pid}/root`)).toBeDefined();
  expect(commandOf(state.pid)).toStartWith("redis-server");

  expect(await redis("config", "set", "save", "")).toBe("OK");
  await ok("bunc", "--root", root, "kill", "redis");
  await until("bunc run returns", () => runner.exitCode !== null);
  expect(runner.exitCode).toBe(0);
  expect((await run("bunc", "--root", root, "state", "redis")).err).toContain("does not exist");
  expect(tracesOfRedis()).toEqual([]);
}, 120_000);
