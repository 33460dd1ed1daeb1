/** The life of the shim itself: who started it, what kills it, what it leaves. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { chmod, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import {
  connectShim,
  recoverShim,
  type ShimClient,
  shimCommand,
  startShim,
} from "../src/client.ts";
import { type Fixture, makeFixture, processesWith, processField } from "./fixture.ts";

let fixture: Fixture;
let runc: Fixture;
beforeAll(async () => {
  fixture = await makeFixture("bunc");
  runc = await makeFixture("runc");
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await runc[Symbol.asyncDispose]();
});

const exec = (...args: string[]) => ({
  args,
  cwd: "/",
  env: ["PATH=/bin"],
  user: { uid: 0, gid: 0 },
});

test("outlives whoever started it: is reparented, holds the output, tells the exit", async () => {
  const log = { path: join(fixture.folder, "outlives.log") };
  const script = "read x; echo after; exit 23";
  const options = await fixture.options({
    args: ["sh", "-c", script],
    process: { log, openStdin: true },
  });
  const program = `
    const { startShim } = await import(${JSON.stringify(import.meta.resolve("../src/client.ts"))});
    const shim = await startShim(${JSON.stringify(options)});
    await shim.start();
    console.log(shim.hello.pid);
    setInterval(() => {}, 1000);
  `;
  const parent = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stdin: "ignore" });
  const { value } = await parent.stdout.getReader().read();
  const shimPid = Number(new TextDecoder().decode(value));
  expect(processField(shimPid, 4)).toBe(String(parent.pid));
  // A session of its own: no terminal's end and no signal to a group reaches it.
  expect(processField(shimPid, 6)).toBe(String(shimPid));
  parent.kill("SIGKILL");
  await parent.exited;
  await until("the shim is reparented", () => processField(shimPid, 4) !== String(parent.pid));
  const init = Number(readFileSync(join(options.directory, "init/pid"), "utf8"));
  expect(processField(init, 4)).toBe(String(shimPid));

  for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGPIPE"] as const) {
    process.kill(shimPid, signal);
  }
  using shim = await connectShim(options.directory);
  using attached = await shim.attach("init");
  await attached.write(new TextEncoder().encode("\n"));
  expect(await shim.wait("init")).toMatchObject({ status: 23 });
  expect(readFileSync(log.path, "utf8")).toMatch(/ stdout F after\n$/);
  await shim.delete();
  await until("the shim ends", () => !isAlive(shimPid));
});

test("has the exit status on the disk before anybody is told", async () => {
  for (let round = 0; round < 10; round++) {
    const { shim, directory, file } = await fixture.create({ args: ["sh", "-c", "exit 4"] });
    // End of file says that the exit is announced. Opened before: afterwards nobody writes to it, and open(2) waits.
    const fifo = await open(join(directory, "init/exit"), "r");
    await shim.start();
    await fifo.readFile();
    expect(file("exitStatus")).toBe("4");
    await fifo.close();
    const { exitedAt } = await shim.wait("init");
    expect(statSync(join(directory, "init/exitStatus")).mtime.toISOString()).toBe(exitedAt);
    expect(existsSync(join(directory, "init/exitStatus.tmp"))).toBe(false);
    await shim.delete();
  }
});

test("tells connections of an exit only after the answer to the request that led to it", async () => {
  const { shim } = await fixture.start({ args: ["sleep", "1000"] });
  for (let round = 0; round < 20; round++) {
    const order: string[] = [];
    using _ = shim.onExited(() => order.push("exit"));
    await shim.exec({ processId: `e${round}`, process: exec("true") });
    order.push("answer");
    await shim.wait(`e${round}`);
    expect(order).toEqual(["answer", "exit"]);
  }
});

test("deletes the container and ends by itself when told so; the files stay", async () => {
  const { shim, id, directory } = await fixture.create({
    args: ["sh", "-c", "exit 8"],
    process: { deleteOnExit: true },
  });
  // Asked before the start: the shim ends as soon as the exit is told.
  const exited = shim.wait("init");
  await shim.start();
  expect(await exited).toMatchObject({ status: 8 });
  await shim.closed;
  await until("the shim ends", () => !isAlive(shim.hello.pid));
  expect(await fixture.runtimeState(id)).toBeUndefined();
  expect(readdirSync(directory)).toEqual(["init"]);
  expect(readFileSync(join(directory, "init/exitStatus"), "utf8")).toBe("8");
});

test("has a socket and directories that only its owner may use", async () => {
  const { shim, directory } = await fixture.start({ args: ["sleep", "1000"] });
  await shim.exec({ processId: "one", process: exec("true") });
  const mode = (name: string): number => statSync(join(directory, name)).mode & 0o777;
  expect(mode("shim.sock")).toBe(0o600);
  for (const name of ["init", "one"]) expect(mode(name)).toBe(0o700);
  for (const name of [
    "exit",
    "control",
    "process.json",
    "starttime",
    "log.json",
    "shim-log.json",
  ]) {
    expect([name, mode(`init/${name}`)]).toEqual([name, 0o600]);
  }
});

test("serves a directory whose path is longer than a socket's address", async () => {
  const options = await runc.options({ args: ["sleep", "1000"], terminal: true });
  const directory = join(runc.folder, "d".repeat(100), "e".repeat(100));
  await mkdir(join(directory, ".."), { recursive: true });
  using shim = await startShim({ ...options, directory });
  expect((await shim.state()).status).toBe("created");
  await shim.delete({ force: true });
  expect(existsSync(directory)).toBe(false);
});

test("kills and reaps what a container without a pid namespace leaves behind", async () => {
  for (const { start } of [fixture, runc]) {
    const { shim } = await start({
      args: ["sh", "-c", "(sleep 4242 & echo) ; (true &) ; exit 5"],
      configure: (config) => ({
        ...config,
        linux: {
          ...config.linux,
          namespaces: config.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [],
        },
      }),
    });
    expect(await shim.wait("init")).toMatchObject({ status: 5 });
    await until("nothing runs on", () => processesWith("sleep\u00004242").length === 0);
    await until("no zombie is left", () => childrenOf(shim.hello.pid).length === 0);
    await shim.delete();
  }
});

function childrenOf(pid: number): readonly string[] {
  return readdirSync("/proc").filter(
    (name) => /^\d+$/.test(name) && processField(Number(name), 4) === String(pid),
  );
}

test("leaks no descriptor and no process over many execs", async () => {
  const { shim } = await fixture.start({ args: ["sleep", "1000"] });
  const descriptors = (): number => readdirSync(`/proc/${shim.hello.pid}/fd`).length;
  const round = async (): Promise<void> => {
    await shim.exec({ processId: "e", process: exec("echo", "x") });
    await shim.wait("e");
    await shim.deleteProcess("e");
    using attached = await shim.execAttached({
      processId: "t",
      process: { ...exec("echo", "x"), terminal: true },
      openStdin: true,
    });
    await Array.fromAsync(attached.output);
    await shim.deleteProcess("t");
  };
  await round();
  const before = descriptors();
  for (let index = 0; index < 10; index++) await round();
  await until("the descriptors are closed", () => descriptors() <= before);
  await until("the processes are reaped", () => childrenOf(shim.hello.pid).length <= 1);
  expect(childrenOf(shim.hello.pid)).toHaveLength(1);
}, 60_000);

test("leaves nothing when something is missing for a container", async () => {
  const nowhere = join(fixture.folder, "nowhere");
  const wrong = [
    [{ log: { path: join(nowhere, "log") } }, "ERR_STDIO_PATH"],
    [{ log: { path: join(nowhere, "log"), format: "raw" } }, "ERR_STDIO_PATH"],
    [{ containerdStdin: nowhere }, "ERR_STDIO_PATH"],
    [{ containerdStdout: nowhere }, "ERR_STDIO_PATH"],
    [{ containerdStderr: nowhere }, "ERR_STDIO_PATH"],
    [{ runtimeArgs: ["--nonsense"] }, "ERR_INVALID_PROCESS"],
  ] as const;
  for (const [document, code] of wrong) {
    const options = await fixture.options({ args: ["true"] });
    const outcome = startShim({ ...options, process: { ...options.process, ...document } });
    await expect(outcome).rejects.toMatchObject({ code });
    await expectNothing(options.id, options.directory);
  }
  const options = await fixture.options({ args: ["true"] });
  const noRuntime = startShim({ ...options, runtime: nowhere });
  await expect(noRuntime).rejects.toMatchObject({ code: "ERR_RUNTIME_NOT_FOUND" });
  await expectNothing(options.id, options.directory);
});

async function expectNothing(id: string, directory: string): Promise<void> {
  expect(existsSync(directory)).toBe(false);
  for (const { runtimeState } of [fixture, runc]) expect(await runtimeState(id)).toBeUndefined();
  await until("no process is left", () => processesWith(id).length === 0);
}

test("does not touch a container of the same name that is not its own", async () => {
  for (const { start } of [fixture, runc]) {
    const { options, file } = await start({ args: ["sleep", "1000"] });
    const pid = Number(file("pid"));
    const directory = `${options.directory}-other`;
    await expect(startShim({ ...options, directory })).rejects.toMatchObject({
      code: "ERR_CONTAINER_EXISTS",
    });
    expect(existsSync(directory)).toBe(false);
    await expect(startShim(options)).rejects.toMatchObject({ code: "ERR_CONTAINER_EXISTS" });
    expect(isAlive(pid)).toBe(true);
  }
});

/** A runtime that does something odd before, or instead of, what runc would do. */
async function oddRuntime(name: string, script: string): Promise<string> {
  const path = join(runc.folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A shim whose container runs, over a runc of which one command waits until it is told to, and fails then. */
async function startHesitating(command: string): Promise<{
  shim: ShimClient;
  directory: string;
  hesitates(): Promise<unknown>;
  goOn(): Promise<void>;
}> {
  const asked = join(runc.folder, `${command}-asked`);
  const told = join(runc.folder, `${command}-told`);
  const runtime = await oddRuntime(
    `hesitates-to-${command}`,
    `case "$*" in *" ${command} "*) touch ${asked}; while [ ! -e ${told} ]; do sleep 0.01; done; exit 1;; esac; exec runc "$@"`,
  );
  const options = await runc.options({ args: ["sleep", "1000"] });
  const shim = await startShim({ ...options, runtime });
  await shim.start();
  return {
    shim,
    directory: options.directory,
    hesitates: () => until(`the runtime is to ${command}`, () => existsSync(asked)),
    goOn: () => writeFile(told, ""),
  };
}

test("leaves nothing when the runtime hangs, dies or lies", async () => {
  const hangs = await oddRuntime(
    "hangs",
    `case "$*" in *create*) sleep 31415;; esac; exec runc "$@"`,
  );
  const late = await runc.options({ args: ["true"] });
  const tooLate = startShim({ ...late, runtime: hangs, timeoutMs: 3000 });
  await expect(tooLate).rejects.toMatchObject({ code: "ERR_CREATE_TIMEOUT" });
  await expectNothing(late.id, late.directory);
  for (const pid of processesWith("sleep\u000031415")) process.kill(pid, "SIGKILL");

  const dies = await oddRuntime("dies", `runc "$@"; case "$*" in *create*) kill -9 $$;; esac`);
  const killed = await runc.options({ args: ["true"] });
  await expect(startShim({ ...killed, runtime: dies })).rejects.toMatchObject({
    code: "ERR_RUNTIME_KILLED",
  });
  await expectNothing(killed.id, killed.directory);

  const lies = await oddRuntime(
    "lies",
    `case "$*" in *create*) echo 1 >"$(echo "$*" | sed 's/.*--pid-file \\([^ ]*\\).*/\\1/')";; *) exec runc "$@";; esac`,
  );
  const terminal = await runc.options({ args: ["true"], terminal: true });
  await expect(startShim({ ...terminal, runtime: lies })).rejects.toMatchObject({
    code: "ERR_NO_CONSOLE",
  });
  await expectNothing(terminal.id, terminal.directory);

  const complains = await oddRuntime("complains", "echo this is why >&2; exit 1");
  const other = await runc.options({ args: ["true"] });
  await expect(startShim({ ...other, runtime: complains })).rejects.toThrow(/this is why/);
  await expectNothing(other.id, other.directory);
}, 120_000);

test("knows that a container has ended while the runtime looked at it", async () => {
  const { shim: hesitating, hesitates, goOn } = await startHesitating("ps");
  using shim = hesitating;
  const pids = shim.pids();
  await hesitates();
  await shim.kill("init", "KILL");
  await shim.wait("init");
  await goOn();
  expect(await pids).toEqual([]);
  await expect(shim.stats()).rejects.toMatchObject({ code: "ERR_CONTAINER_STATE" });
  await shim.delete();
});

test("deletes a container that has ended when the runtime is done with a signal to all of it", async () => {
  const asked = join(runc.folder, "kill-asked");
  const order = join(runc.folder, "order");
  const slow = await oddRuntime(
    "slow-kill",
    `case "$*" in *" kill "*) touch ${asked}; sleep 0.5; echo killed >>${order};; *" delete "*) echo deleted >>${order};; esac; exec runc "$@"`,
  );
  const options = await runc.options({
    args: ["sleep", "1000"],
    process: { deleteOnExit: true },
  });
  using shim = await startShim({ ...options, runtime: slow });
  await shim.start();
  const killed = shim.kill("init", "KILL", { all: true }).catch(() => undefined);
  await until("the runtime kills", () => existsSync(asked));
  process.kill(Number(readFileSync(join(options.directory, "init/pid"), "utf8")), "SIGKILL");
  expect(await shim.wait("init")).toMatchObject({ status: 137 });
  await killed;
  await shim.closed;
  expect(readFileSync(order, "utf8")).toBe("killed\ndeleted\n");
  expect(await runc.runtimeState(options.id)).toBeUndefined();
});

test("knows that a container has ended while the runtime executed in it", async () => {
  const { shim: hesitating, directory, hesitates, goOn } = await startHesitating("exec");
  using shim = hesitating;
  const pid = Number(readFileSync(join(directory, "init/pid"), "utf8"));
  const process = { args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } };
  const executed = shim.exec({ processId: "late", process }).catch((error: unknown) => error);
  await hesitates();
  await shim.kill("init", "KILL");
  await until("it has ended", () => !isAlive(pid));
  await goOn();
  expect(await executed).toMatchObject({ code: "ERR_CONTAINER_STATE", kind: "conflict" });
  await shim.delete();
});

test("recovers from a shim that was killed while it created", async () => {
  const hangs = await oddRuntime(
    "hangs-too",
    `case "$*" in *create*) sleep 27182;; esac; exec runc "$@"`,
  );
  const options = await runc.options({ args: ["true"] });
  const directory = join(options.directory, "init");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, "process.json"), JSON.stringify(options.process));
  const command = [...shimCommand(), options.id, options.bundle, hangs];
  const shim = Bun.spawn(command, { cwd: directory, stdout: "ignore", stderr: "ignore" });
  await until("the runtime is at work", () => existsSync(join(directory, "runtime-pid")));
  shim.kill("SIGKILL");
  await shim.exited;
  expect(await recoverShim({ ...options, runtime: hangs })).toMatchObject([
    { processId: "init", status: 255 },
  ]);
  await until("the runtime is gone", () => processesWith(options.id).length === 0);
  for (const pid of processesWith("sleep\u000027182")) process.kill(pid, "SIGKILL");
});

test("gives 255 to a process that ended while nobody held it", async () => {
  const { shim, options, file } = await fixture.start({ args: ["sleep", "1000"] });
  const pid = Number(file("pid"));
  process.kill(shim.hello.pid, "SIGKILL");
  await shim.closed;
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => !isAlive(pid));
  expect(await recoverShim(options)).toMatchObject([{ processId: "init", status: 255 }]);
  // Once more gives the same: the status is written.
  expect(await recoverShim(options)).toMatchObject([{ processId: "init", status: 255 }]);
});

test("can be used by hand: a directory, a process.json, lines on a socket", async () => {
  const { id, bundle, directory } = await fixture.options({ args: ["sh", "-c", "exit 12"] });
  const cwd = join(directory, "init");
  await mkdir(cwd, { recursive: true, mode: 0o700 });
  const root = join(fixture.folder, "by-hand");
  await writeFile(join(cwd, "process.json"), JSON.stringify({ runtimeArgs: ["--root", root] }));
  const shim = Bun.spawn([...shimCommand(), id, bundle, "bunc"], {
    cwd,
    stdout: "pipe",
    stdin: "ignore",
  });
  // One line, and then the end of the output although the shim lives on.
  const ready = JSON.parse(await shim.stdout.text());
  expect(ready).toEqual({ pid: expect.any(Number), shim: shim.pid });
  expect(readlinkSync(`/proc/${shim.pid}/fd/1`)).toBe("/dev/null");

  const lines: string[] = [];
  let rest = "";
  const socket = await Bun.connect({
    unix: join(directory, "shim.sock"),
    socket: {
      data: (_, data) => {
        const pieces = (rest + data.toString()).split("\n");
        rest = pieces.pop() ?? "";
        lines.push(...pieces);
      },
    },
  });
  const answer = (id: number) =>
    until(`the answer to ${id}`, () =>
      lines.map((line) => JSON.parse(line)).find((line) => line.id === id),
    );
  await until("the hello", () => lines.length > 0);
  expect(JSON.parse(lines[0] ?? "")).toEqual({ hello: { protocol: 1, id, pid: shim.pid } });
  socket.write(
    '{"id":1,"method":"nonsense"}\n{"id":2,"method":"wait","params":{"processId":"x"}}\n',
  );
  expect((await answer(1)).error).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
  expect((await answer(2)).error).toMatchObject({ code: "ERR_PROCESS_NOT_FOUND" });
  socket.write(
    '{"id":3,"method":"wait","params":{"processId":"init"}}\n{"id":4,"method":"start"}\n',
  );
  expect((await answer(4)).result).toEqual({});
  expect((await answer(3)).result).toMatchObject({ processId: "init", status: 12 });
  for (const [index, params] of [
    { processId: "../x" },
    { processId: "init", process: exec("true") },
    {},
  ].entries()) {
    socket.write(`${JSON.stringify({ id: 10 + index, method: "exec", params })}\n`);
    expect((await answer(10 + index)).error).toBeDefined();
  }
  socket.write('{"id":5,"method":"delete"}\n');
  expect((await answer(5)).result).toEqual({});
  expect(await shim.exited).toBe(0);
  expect(existsSync(directory)).toBe(false);
});

test("closes a connection that says nonsense, and no other", async () => {
  const { shim, directory } = await fixture.start({ args: ["sleep", "1000"] });
  for (const nonsense of ["what?\n", '{"id":"1"}\n', "[]\n", `${"x".repeat(5 * 1024 * 1024)}`]) {
    let text = "";
    const closed = Promise.withResolvers<void>();
    let rest = new TextEncoder().encode(nonsense);
    const send = (socket: Bun.Socket<undefined>): void => {
      rest = rest.subarray(Math.max(0, socket.write(rest)));
    };
    await Bun.connect({
      unix: join(directory, "shim.sock"),
      socket: {
        open: send,
        drain: send,
        data: (_, data) => {
          text += data.toString();
        },
        close: () => closed.resolve(),
      },
    });
    await closed.promise;
    expect(text).toContain("ERR_SHIM_PROTOCOL");
  }
  expect((await shim.state()).status).toBe("running");
});

test("explains itself", async () => {
  const run = async (...args: string[]): Promise<{ out: string; err: string; code: number }> => {
    const child = Bun.spawn([...shimCommand(), ...args], {
      cwd: "/",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { out, err, code };
  };
  expect(await run("--help")).toMatchObject({
    out: expect.stringContaining("ID BUNDLE RUNTIME"),
    code: 0,
  });
  expect(await run("--version")).toMatchObject({
    out: expect.stringMatching(/^ctr-shim \d+\.\d+\.\d+\n$/),
    code: 0,
  });
  for (const wrong of [[], ["a", "/b"], ["a", "b", "bunc"], ["../a", "/b", "bunc"], ["--what"]]) {
    expect(await run(...wrong)).toMatchObject({
      out: "",
      err: expect.stringContaining("Cannot"),
      code: 2,
    });
  }
});
