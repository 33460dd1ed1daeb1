/** `bunc` as shells and engines call it, beside runc where both can do the same. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { until } from "tools/until";
import { linuxKernel, receiveDescriptor, value, waitReadable } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(async () => {
  for (const name of ["bunc", "runc"] as const) {
    const ids = (await call(name, "list", "-q")).out.split("\n").filter(Boolean);
    for (const id of ids) await call(name, "delete", "--force", id);
  }
  await bundle[Symbol.asyncDispose]();
});

const kernel = linuxKernel();

interface Result {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const runtimes = { bunc: buncCommand, runc: ["runc"] } as const;
type RuntimeName = keyof typeof runtimes;

/** Where each runtime keeps its containers. */
const rootOf = (name: RuntimeName): string => join(bundle.path, `root-${name}`);

function command(name: RuntimeName, args: readonly string[]): string[] {
  return [...runtimes[name], "--root", rootOf(name), ...args];
}

async function call(name: RuntimeName, ...args: string[]): Promise<Result> {
  const child = Bun.spawn(command(name, args), {
    cwd: bundle.bundle,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, err, code };
}

/** A detached container must not hold our pipes open. */
async function callDetached(name: RuntimeName, ...args: string[]): Promise<number> {
  return await Bun.spawn(command(name, args), {
    cwd: bundle.bundle,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  }).exited;
}

function write(config: Config): void {
  writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
}

const deadlineMs = 20_000;

const forever = bundle.config("exec sleep 1000");

describe.each(["bunc", "runc"] as const)("%s", (name) => {
  beforeAll(() => write(forever));

  test("the life of a detached container", async () => {
    const id = bundle.id();
    write(forever);
    const pidFile = join(bundle.path, `${name}.pid`);
    expect(await callDetached(name, "create", "--pid-file", pidFile, id)).toBe(0);
    const pid = Number(readFileSync(pidFile, "utf8"));
    const state = JSON.parse((await call(name, "state", id)).out);
    expect(state).toMatchObject({
      id,
      pid,
      status: "created",
      bundle: bundle.bundle,
      // runc knows it in list only.
      owner: name === "bunc" ? "root" : "",
    });
    expect(Object.keys(state)).toEqual([
      "ociVersion",
      "id",
      "pid",
      "status",
      "bundle",
      "rootfs",
      "created",
      "owner",
    ]);

    expect((await call(name, "start", id)).code).toBe(0);
    expect(JSON.parse((await call(name, "state", id)).out).status).toBe("running");
    expect(JSON.parse((await call(name, "ps", "--format", "json", id)).out)).toEqual([pid]);
    // runc returns before its own process has become the program.
    await until(
      "ps shows the program",
      async () => (await call(name, "ps", id)).out.includes("sleep 1000"),
      deadlineMs,
    );
    expect((await call(name, "list", "-q")).out).toBe(`${id}\n`);
    expect(JSON.parse((await call(name, "list", "--format", "json")).out)[0].id).toBe(id);

    expect(await call(name, "exec", id, "sh", "-c", "echo out; echo err >&2; exit 5")).toEqual({
      out: "out\n",
      err: "err\n",
      code: 5,
    });
    const env = await call(
      name,
      "exec",
      "-e",
      "A=1",
      "--cwd",
      "/tmp",
      "-u",
      "1000:1000",
      id,
      "sh",
      "-c",
      "echo $A; pwd; id -u",
    );
    expect(env.out).toBe("1\n/tmp\n1000\n");

    expect((await call(name, "pause", id)).code).toBe(0);
    expect(JSON.parse((await call(name, "state", id)).out).status).toBe("paused");
    expect((await call(name, "resume", id)).code).toBe(0);
    expect((await call(name, "update", "--pids-limit", "50", id)).code).toBe(0);
    expect(JSON.parse((await call(name, "events", "--stats", id)).out)).toMatchObject({
      type: "stats",
      id,
      data: { pids: { current: 1, limit: 50 } },
    });

    expect((await call(name, "delete", id)).code).toBe(1);
    expect((await call(name, "kill", id, "KILL")).code).toBe(0);
    await until(
      "it has stopped",
      async () => JSON.parse((await call(name, "state", id)).out).status === "stopped",
      deadlineMs,
    );
    expect((await call(name, "kill", id, "KILL")).code).toBe(1);
    expect((await call(name, "delete", id)).code).toBe(0);
    expect((await call(name, "state", id)).err).toContain("does not exist");
    expect((await call(name, "delete", "--force", id)).code).toBe(0);
  }, 60_000);

  test("statuses of a program in the foreground", async () => {
    for (const [script, status] of [
      ["exit 0", 0],
      ["exit 9", 9],
      ["kill -9 $$; sleep 100", 137],
    ] as const) {
      // The first process of a pid namespace cannot kill itself: another shell does it.
      write(bundle.config(script.includes("kill") ? `sh -c '${script}'; exit $?` : script));
      expect((await call(name, "run", bundle.id())).code).toBe(status);
    }
  }, 60_000);

  test("signals reach the program in the foreground", async () => {
    write(bundle.config("trap 'exit 42' TERM; echo ready; while :; do sleep 0.01; done"));
    const id = bundle.id();
    const child = Bun.spawn(command(name, ["run", id]), {
      cwd: bundle.bundle,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGTERM");
    expect(await until("the signal ends it", () => child.exitCode ?? undefined)).toBe(42);
    await reader.cancel();
  }, 60_000);

  test("signals reach who is executed in the foreground, as soon as it runs", async () => {
    // Without a pid namespace it knows the runtime, which is its parent.
    write(
      withLinux(forever, {
        namespaces: (forever.linux?.namespaces ?? []).filter(({ type }) => type !== "pid"),
      }),
    );
    const id = bundle.id();
    expect(await callDetached(name, "run", "--detach", id)).toBe(0);
    const script = "trap 'exit 42' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";
    for (let round = 0; round < 5; round++) {
      expect(await callDetached(name, "exec", id, "sh", "-c", script)).toBe(42);
    }
    expect((await call(name, "delete", "--force", id)).code).toBe(0);
  }, 60_000);

  test("a console socket gets the master of the terminal", async () => {
    write(
      withProcess(bundle.config("test -t 0 && test -t 1 && stty size; cat"), {
        terminal: true,
        consoleSize: { height: 30, width: 90 },
      }),
    );
    const path = join(bundle.path, `${name}.sock`);
    using listener = new Listener(path);
    const id = bundle.id();
    const created = callDetached(name, "create", "--console-socket", path, id);
    const master = await listener.receive();
    expect(await created).toBe(0);
    expect((await call(name, "start", id)).code).toBe(0);
    const bytes = new Uint8Array(256);
    let text = "";
    const hasWritten = (): boolean => {
      if (!waitReadable(kernel, master, 0)) return false;
      text += new TextDecoder().decode(bytes.subarray(0, kernel.call("read", master, bytes, 256)));
      return text.includes("\n");
    };
    await until("the program has written", hasWritten, deadlineMs);
    expect(text).toBe("30 90\r\n");
    kernel.call("close", master);
    expect((await call(name, "delete", "--force", id)).code).toBe(0);
  }, 60_000);

  test("what cannot be is refused", async () => {
    write(withProcess(forever, { terminal: true }));
    expect((await call(name, "create", bundle.id())).code).toBe(1);
    write(forever);
    expect((await call(name, "create", "no/such/id")).code).toBe(1);
    expect((await call(name, "start", "missing")).code).toBe(1);
    expect((await call(name, "run", "--bundle", "/nowhere", bundle.id())).code).toBe(1);
    expect((await call(name, "list", "--format", "xml")).code).toBe(1);
    expect((await call(name, "nonsense")).code).not.toBe(0);
    expect(existsSync(rootOf(name)) ? await call(name, "list", "-q") : { out: "" }).toMatchObject({
      out: "",
    });
  }, 60_000);
});

test("a signal that comes while a container is made ends it, and leaves nothing", async () => {
  const hook = { path: "/bin/sh", args: ["sh", "-c", "kill -TERM $PPID"] };
  write({ ...forever, hooks: { createRuntime: [hook] } });
  const id = bundle.id();
  expect(await callDetached("bunc", "run", id)).toBeOneOf([1, 143]);
  expect((await call("bunc", "state", id)).err).toContain("does not exist");
});

test("list prints the table of runc", async () => {
  for (const name of ["bunc", "runc"] as const) mkdirSync(rootOf(name), { recursive: true });
  const [ours, theirs] = await Promise.all([call("bunc", "list"), call("runc", "list")]);
  expect(ours).toEqual(theirs);
});

test("list fails for a root that is named and is not there", async () => {
  const missing = join(bundle.path, "missing");
  expect(await call("bunc", "--root", missing, "list")).toMatchObject({
    code: 1,
    err: expect.stringContaining(`"${missing}" does not exist`),
  });
});

test("spec writes the configuration of runc", async () => {
  const folder = join(bundle.path, "spec");
  for (const flags of [[], ["--rootless"]]) {
    const written: unknown[] = [];
    for (const name of ["bunc", "runc"] as const) {
      rmSync(folder, { recursive: true, force: true });
      await Bun.write(join(folder, "x"), "");
      expect((await call(name, "spec", "--bundle", folder, ...flags)).code).toBe(0);
      const { ociVersion: _, ...config } = await Bun.file(join(folder, "config.json")).json();
      // Those before 1.2 write ambient capabilities, which nobody gets: nothing is inheritable.
      delete config.process.capabilities.ambient;
      // Masked by Docker and containerd, and not by runc.
      const paths: string[] = config.linux.maskedPaths;
      config.linux.maskedPaths = paths.filter((path) => path !== "/sys/devices/virtual/powercap");
      written.push(config);
    }
    expect(written[0]).toEqual(written[1]);
  }
  expect((await call("bunc", "spec", "--bundle", folder)).err).toContain("it exists");
});

test("spec writes the file that is named, also over one that is there, as crun does", async () => {
  const folder = join(bundle.path, "spec-file");
  await Bun.write(join(folder, "mine.json"), "{}");

  expect(await call("bunc", "spec", "-b", folder, "--file", "mine.json")).toMatchObject({
    code: 0,
  });
  expect(existsSync(join(folder, "config.json"))).toBe(false);
  expect(await Bun.file(join(folder, "mine.json")).json()).toMatchObject({ hostname: "runc" });
});

test("create and exec take --no-subreaper, which crun and runc have there, too", async () => {
  const id = bundle.id();
  write(bundle.config("exec sleep 1000"));
  expect(await callDetached("bunc", "create", "--no-subreaper", id)).toBe(0);
  expect(await call("bunc", "exec", "--no-subreaper", id, "true")).toMatchObject({ code: 0 });
  expect(await call("bunc", "delete", "--force", id)).toMatchObject({ code: 0 });
});

test("a failure is a line of JSON in the log that engines read", async () => {
  const log = join(bundle.path, "log.json");
  const { code } = await call("bunc", "--log", log, "--log-format", "json", "state", "missing");
  expect(code).toBe(1);
  expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({
    level: "error",
    msg: expect.stringContaining("does not exist"),
  });
});

test("exec says 255 when it could not execute", async () => {
  expect((await call("bunc", "exec", "missing", "true")).code).toBe(255);
  for (const name of ["bunc", "runc"] as const) {
    // What is called wrongly has not been tried.
    expect((await call(name, "exec")).code).toBe(1);
    expect((await call(name, "exec", "--bogus", "missing", "true")).code).toBe(1);
  }
});

test("a container whose creation was cut short can be removed", async () => {
  const id = bundle.id();
  await Bun.write(join(rootOf("bunc"), id, "config.json"), "{}");
  expect((await call("bunc", "delete", id)).code).toBe(1);
  expect((await call("bunc", "delete", "--force", id)).code).toBe(0);
  expect(existsSync(join(rootOf("bunc"), id))).toBe(false);
});

/** Listens as an engine does: takes one connection and one descriptor from it. */
class Listener implements Disposable {
  readonly #socket: number;

  constructor(path: string) {
    this.#socket = kernel.call("socket", value("AF_UNIX"), value("SOCK_STREAM", "SOCK_CLOEXEC"), 0);
    const address = new Uint8Array(110);
    address[0] = value("AF_UNIX");
    new TextEncoder().encodeInto(path, address.subarray(2));
    kernel.call("bind", this.#socket, address, address.length);
    kernel.call("listen", this.#socket, 1);
  }

  async receive(): Promise<number> {
    await until("somebody connects", () => waitReadable(kernel, this.#socket, 0), deadlineMs);
    const connection = kernel.call("accept4", this.#socket, null, null, value("SOCK_CLOEXEC"));
    await until("something is sent", () => waitReadable(kernel, connection, 0), deadlineMs);
    const master = receiveDescriptor(kernel, connection)?.release();
    kernel.call("close", connection);
    if (master === undefined) throw new Error("Nobody sent a terminal");
    return master;
  }

  [Symbol.dispose](): void {
    kernel.call("close", this.#socket);
  }
}
