/** Shims that are started ahead: they become what they would have been, or go. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import {
  connectShim,
  type ShimClient,
  SpareShim,
  type StartShimOptions,
  shimCommand,
  startShim,
} from "../src/client.ts";
import { collect, type Fixture, makeFixture, processField } from "./fixture.ts";

let fixture: Fixture;
let runc: Fixture;
const shims: ShimClient[] = [];
beforeAll(async () => {
  fixture = await makeFixture("bunc");
  runc = await makeFixture("runc");
});
afterEach(async () => {
  for (const shim of shims.splice(0)) await shim.delete({ force: true }).catch(() => undefined);
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await runc[Symbol.asyncDispose]();
});

async function readySpare(): Promise<SpareShim> {
  const spare = new SpareShim({ directory: fixture.folder });
  expect(await spare.ready).toBe(true);
  return spare;
}

async function start(options: StartShimOptions): Promise<ShimClient> {
  const shim = await startShim(options);
  shims.push(shim);
  return shim;
}

/** What others see of a process, without what differs between any two. */
function appearance(pid: number, { id, bundle, directory }: StartShimOptions): object {
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "utf8");
  const plain = (text: string): string =>
    text.replaceAll(directory, "DIRECTORY").replaceAll(bundle, "BUNDLE").replaceAll(id, "ID");
  const link = (name: string): string => plain(readlinkSync(`/proc/${pid}/${name}`));
  return {
    // Behind the arguments there may be room.
    arguments: plain(read("cmdline").replace(/\0+$/, "")),
    environment: read("environ"),
    status: read("status")
      .split("\n")
      .filter((line) => /^(Umask|Sig(Blk|Ign|Cgt)|Seccomp|NoNewPrivs|Cap|Uid|Groups)/.test(line)),
    limits: read("limits"),
    oom: read("oom_score_adj"),
    stdio: [0, 1, 2].map((descriptor) => link(`fd/${descriptor}`)),
    cwd: link("cwd"),
    leadsSession: processField(pid, 6) === String(pid),
    parent: processField(pid, 4),
  };
}

describe.each(["bunc", "runc"])("over %s", (name) => {
  test("becomes the shim that it would have been if started for the container", async () => {
    const { options } = name === "bunc" ? fixture : runc;
    const [first, second] = [
      await options({ args: ["sh", "-c", "read x; echo got $x; exit 3"] }),
      await options({ args: ["sh", "-c", "read x; echo got $x; exit 3"] }),
    ];
    const process = { ...first.process, openStdin: true };
    using spare = await readySpare();

    const ordinary = await start({ ...first, process });
    const shim = await start({ ...second, process, spare });

    expect(ordinary.hello.pid).not.toBe(spare.pid);
    expect(shim.hello).toEqual({ protocol: 1, id: second.id, pid: spare.pid });
    expect(appearance(spare.pid, second)).toEqual(appearance(ordinary.hello.pid, first));
    expect(spare.isReady).toBe(false);
    using attached = await shim.attach("init");
    await shim.start();
    await attached.write(new TextEncoder().encode("this\n"));
    expect((await collect(attached.output)).stdout).toBe("got this\n");
    expect(await shim.wait("init")).toMatchObject({ status: 3 });
    await shim.delete();
    await until("the shim ends", () => !isAlive(spare.pid));
    expect(readdirSync(join(second.directory, ".."))).not.toContain(second.id);
  }, 60_000);
});

test("says why its container cannot be created, leaves nothing, and ends", async () => {
  const options = await fixture.options({ args: ["NoSuchProgram"] });
  using spare = await readySpare();
  const missing = { ...options, bundle: `${options.bundle}-missing`, spare };

  const error = await startShim(missing).catch((reason: unknown) => reason);

  expect(error).toMatchObject({ code: "ERR_BUNDLE_NOT_FOUND" });
  await until("the spare ends", () => !isAlive(spare.pid));
  expect(readdirSync(fixture.folder)).not.toContain(options.id);
});

test("is passed over when it was killed, has a container, or has no room for the arguments", async () => {
  const options = (): Promise<StartShimOptions> => fixture.options({ args: ["sleep", "1000"] });
  using killed = await readySpare();
  process.kill(killed.pid, "SIGKILL");
  await killed.ended;
  expect(killed.isReady).toBe(false);
  const instead = await start({ ...(await options()), spare: killed });
  expect(instead.hello.pid).not.toBe(killed.pid);

  using taken = await readySpare();
  await start({ ...(await options()), spare: taken });
  const second = await start({ ...(await options()), spare: taken });
  expect(second.hello.pid).not.toBe(taken.pid);

  using small = await readySpare();
  const wanted = await options();
  const deep = join(fixture.folder, ...Array.from({ length: 6 }, () => "x".repeat(200)));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, "config.json"), readFileSync(join(wanted.bundle, "config.json")));
  const long = await start({ ...wanted, bundle: deep, spare: small });
  expect(long.hello.pid).not.toBe(small.pid);
  expect(small.isReady).toBe(true);
});

test("ends with who started it as long as it has no container, and outlives him when it has", async () => {
  const options = await fixture.options({ args: ["sleep", "1000"] });
  const program = `
    const { SpareShim, startShim } = await import(${JSON.stringify(import.meta.resolve("../src/client.ts"))});
    const [idle, used] = [0, 1].map(() => new SpareShim({ directory: "/" }));
    await Promise.all([idle.ready, used.ready]);
    await startShim({ ...${JSON.stringify(options)}, spare: used });
    console.log(JSON.stringify([idle.pid, used.pid]));
    setInterval(() => {}, 1000);
  `;
  const parent = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stdin: "ignore" });
  const { value } = await parent.stdout.getReader().read();
  const [idle = 0, used = 0]: number[] = JSON.parse(new TextDecoder().decode(value));
  expect([isAlive(idle), isAlive(used)]).toEqual([true, true]);

  parent.kill("SIGKILL");
  await parent.exited;

  await until("the idle one ends", () => !isAlive(idle));
  await until("the other is reparented", () => processField(used, 4) !== String(parent.pid));
  const shim = await connectShim(options.directory);
  shims.push(shim);
  expect(shim.hello.pid).toBe(used);
  await shim.start();
  expect(await shim.state()).toMatchObject({ status: "running" });
});

test("takes a container that it was given just before the end of its input", async () => {
  const { id, bundle, directory } = await fixture.options({ args: ["sh", "-c", "exit 12"] });
  const init = join(directory, "init");
  await mkdir(init, { recursive: true, mode: 0o700 });
  const root = join(fixture.folder, "given");
  await writeFile(join(init, "process.json"), JSON.stringify({ runtimeArgs: ["--root", root] }));
  const job = { id, bundle, runtime: "bunc", directory: init };
  const spare = Bun.spawn([...shimCommand(), "--spare", " ".repeat(200)], {
    cwd: "/",
    stdin: new TextEncoder().encode(`${JSON.stringify(job)}\n`),
    stdout: "pipe",
  });

  const [ready = "", created = ""] = (await spare.stdout.text()).split("\n");

  expect(JSON.parse(ready)).toEqual({ spare: spare.pid, room: 200 + "--spare\0\0".length });
  expect(JSON.parse(created)).toEqual({ pid: expect.any(Number), shim: spare.pid });
  const shim = await connectShim(directory);
  shims.push(shim);
  const exited = shim.wait("init");
  await shim.start();
  expect(await exited).toMatchObject({ status: 12 });
  await shim.delete();
  expect(await spare.exited).toBe(0);
});

test("does nothing with half a line, and says when its directory is gone", async () => {
  const job = JSON.stringify({
    id: "a",
    bundle: "/b",
    runtime: "bunc",
    directory: join(fixture.folder, "no-such"),
  });
  const run = async (input: string): Promise<readonly [number, string]> => {
    const spare = Bun.spawn([...shimCommand(), "--spare"], {
      cwd: "/",
      stdin: new TextEncoder().encode(input),
      stdout: "pipe",
    });
    const text = await spare.stdout.text();
    return [await spare.exited, text];
  };

  expect(await run(job)).toEqual([0, expect.stringMatching(/^\{"spare":.*\n$/)]);
  expect(await run(`${job}\n`)).toEqual([1, expect.stringMatching(/\n\{"error":.*no-such/)]);
});

test("waits for the next container when its own is gone, if it is to", async () => {
  using spare = new SpareShim({ directory: fixture.folder, returns: true });
  expect(await spare.ready).toBe(true);
  const waiting = appearance(spare.pid, await fixture.options({ args: ["true"] }));
  for (const status of [1, 2, 3]) {
    const options = await fixture.options({ args: ["sh", "-c", `echo ${status}; exit ${status}`] });
    const shim = await start({ ...options, spare });
    expect(shim.hello.pid).toBe(spare.pid);
    expect(spare.isReady).toBe(false);
    await shim.start();
    expect(await shim.wait("init")).toMatchObject({ status });
    await shim.delete();
    expect(await spare.returned).toBe(true);
    expect(spare.isReady).toBe(true);
    expect(appearance(spare.pid, options)).toEqual(waiting);
    expect(readdirSync(fixture.folder)).not.toContain(options.id);
  }
});

test("does not come back when its container could not be created, or it has slept", async () => {
  using failing = new SpareShim({ directory: fixture.folder, returns: true });
  await failing.ready;
  const bad = await fixture.options({ args: ["NoSuchProgram"] });
  await startShim({ ...bad, spare: failing }).catch(() => undefined);
  expect(await failing.returned).toBe(false);
  await until("the spare ends", () => !isAlive(failing.pid));

  using sleepy = new SpareShim({ directory: fixture.folder, returns: true });
  await sleepy.ready;
  const options = await fixture.options({ args: ["sleep", "1000"] });
  const process = { ...options.process, sleepAfterMs: 50 };
  const shim = await start({ ...options, process, spare: sleepy });
  await shim.start();
  expect(await sleepy.returned).toBe(false);
  expect(isAlive(sleepy.pid)).toBe(true);
  await shim.delete({ force: true });
  await until("the shim ends", () => !isAlive(sleepy.pid));
});
