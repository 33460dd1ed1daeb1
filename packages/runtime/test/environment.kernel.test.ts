/** What the environment of `bunc` and its flags mean for containers: sockets of systemd, several containers, warnings. */

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, capabilityNames } from "@ctr/spec";
import { until } from "tools/until";
import {
  FileDescriptor,
  linuxKernel,
  receiveDescriptor,
  value,
  waitReadable,
} from "../src/kernel/index.ts";
import { buncCommand, buncProgram } from "./bunc-command.ts";
import { TestBundle, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
const work = mkdtempSync(join(tmpdir(), "environment-"));
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

const kernel = linuxKernel();
const command = [...buncCommand, "--root", bundle.root];

function write(config: Config): void {
  writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(config));
}

interface Result {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs the command line; what it leaves behind may hold on to its output. */
async function bunc(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  extra: readonly number[] = [],
): Promise<Result> {
  const files = ["out", "err"].map((name) => join(work, `${Bun.randomUUIDv7()}.${name}`));
  const [out = "", err = ""] = files;
  const child = Bun.spawn([...command, ...args], {
    cwd: bundle.bundle,
    env: { ...process.env, ...env },
    stdio: ["ignore", Bun.file(out), Bun.file(err), ...extra],
  });
  const code = await child.exited;
  return { out: readFileSync(out, "utf8"), err: readFileSync(err, "utf8"), code };
}

const deadlineMs = 30_000;

describe("LISTEN_FDS", () => {
  test("sockets that systemd has opened are the program's, which is told so", async () => {
    write(
      bundle.config(
        "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; ls /proc/self/fd",
      ),
    );
    for (const name of ["a", "b"]) writeFileSync(join(work, name), `${name}\n`);
    using first = opened(join(work, "a"));
    using second = opened(join(work, "b"));
    const { out, err, code } = await bunc(
      ["run", bundle.id()],
      { LISTEN_FDS: "2", LISTEN_FDNAMES: "x:y" },
      [first.number, second.number],
    );
    expect([code, err]).toEqual([0, ""]);
    // ls has one more of its own.
    expect(out).toBe("2 1 x:y\na\nb\n0\n1\n2\n3\n4\n5\n");
  });

  test("one that is not open is not the program's either, as with runc", async () => {
    write(bundle.config("echo $LISTEN_FDS; ls /proc/self/fd"));
    const { out, err, code } = await bunc(["run", bundle.id()], { LISTEN_FDS: "1" });
    expect([code, err, out]).toEqual([0, "", "1\n0\n1\n2\n3\n"]);
  });

  test("those of somebody else are not handed on", async () => {
    write(bundle.config("env | grep LISTEN; ls /proc/self/fd"));
    using file = opened(buncProgram);
    const env = { LISTEN_FDS: "1", LISTEN_PID: "1" };
    const { out, code } = await bunc(["run", bundle.id()], env, [file.number]);
    expect([code, out]).toEqual([0, "0\n1\n2\n3\n"]);
  });
});

function opened(path: string): FileDescriptor {
  return new FileDescriptor(kernel, kernel.call("openat", value("AT_FDCWD"), path, 0, 0));
}

/** A socket as systemd has it: collects what it is told, and lets go of the descriptors of barriers. */
class NotifyListener implements Disposable {
  readonly #socket: FileDescriptor;
  readonly messages: string[] = [];

  constructor(path: string) {
    const type = value("SOCK_DGRAM", "SOCK_CLOEXEC");
    this.#socket = new FileDescriptor(kernel, kernel.call("socket", value("AF_UNIX"), type, 0));
    const address = new Uint8Array(110);
    new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
    new TextEncoder().encodeInto(path, address.subarray(2));
    kernel.call("bind", this.#socket.number, address, address.length);
  }

  /** Reads while something else is going on. */
  async during<Result>(action: Promise<Result>): Promise<Result> {
    let isOver = false;
    void action.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      while (waitReadable(kernel, this.#socket.number, 0)) this.#read();
      await Bun.sleep(2);
    }
    return await action;
  }

  #read(): void {
    const buffer = new Uint8Array(256);
    const peek = 2;
    const length = kernel.call("recvfrom", this.#socket.number, buffer, 256, peek, null, null);
    this.messages.push(new TextDecoder().decode(buffer.subarray(0, length)));
    receiveDescriptor(kernel, this.#socket.number)?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

describe("NOTIFY_SOCKET", () => {
  /** busybox cannot write to a datagram socket: the host's program does, from inside of the container's namespaces. */
  const waiting = bundle.config("echo $NOTIFY_SOCKET > /tmp/told; exec sleep 1000");
  const path = join(work, "notify-socket");
  const env = { NOTIFY_SOCKET: path };

  async function say(id: string, text: string): Promise<void> {
    const state = await bunc(["state", id]);
    const { pid } = JSON.parse(state.out);
    const socket = `/proc/${pid}/root${path}/notify`;
    await until("the socket is there", () => existsSync(socket), deadlineMs);
    const client = new FileDescriptor(
      kernel,
      kernel.call("socket", value("AF_UNIX"), value("SOCK_DGRAM", "SOCK_CLOEXEC"), 0),
    );
    using _ = client;
    const address = new Uint8Array(110);
    new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
    new TextEncoder().encodeInto(socket, address.subarray(2));
    kernel.call("connect", client.number, address, address.length);
    const bytes = new TextEncoder().encode(text);
    kernel.call("write", client.number, bytes, bytes.length);
  }

  test("run --detach returns when the program is ready, and tells which process it is", async () => {
    using listener = new NotifyListener(path);
    write({ ...waiting, root: { path: "rootfs" } });
    const id = bundle.id();
    const running = listener.during(bunc(["run", "--detach", id], env));
    const told = join(bundle.rootfs, "tmp/told");
    const hasTold = (): boolean => existsSync(told) && readFileSync(told, "utf8") !== "";
    await until("it runs", hasTold, deadlineMs);
    await say(id, "STATUS=starting");
    await say(id, "X=1\nREADY=1\nMAINPID=1");
    expect(await running).toMatchObject({ code: 0, err: "" });
    const { pid } = JSON.parse((await bunc(["state", id])).out);
    expect(listener.messages).toEqual(["READY=1\n", `MAINPID=${pid}\n`, "BARRIER=1"]);
    expect(readFileSync(told, "utf8")).toBe(`${path}/notify\n`);
    rmSync(told);
    expect((await bunc(["delete", "--force", id])).code).toBe(0);
    expect(existsSync(join(bundle.root, id))).toBe(false);
    rmSync(path);
  });

  test("start waits for a container that was created", async () => {
    using listener = new NotifyListener(path);
    write(waiting);
    const id = bundle.id();
    expect((await bunc(["create", id], env)).code).toBe(0);
    const starting = listener.during(bunc(["start", id], env));
    await say(id, "READY=1");
    expect((await starting).code).toBe(0);
    expect(listener.messages[0]).toBe("READY=1\n");
    expect((await bunc(["delete", "--force", id])).code).toBe(0);
    rmSync(path);
  });

  test.each([
    ["/run/notify/nobody", "/run/notify/nobody"],
    ["@abstract", "/run/notify"],
  ])("of %s, where nobody listens, the container finds a socket in %s", async (socket, place) => {
    write(bundle.config('echo "$NOTIFY_SOCKET"; test -S "$NOTIFY_SOCKET"'));
    const ran = await bunc(["run", bundle.id()], { NOTIFY_SOCKET: socket });
    expect(ran).toEqual({ code: 0, out: `${place}/notify\n`, err: "" });
  });

  test("a program that ends without a word is not waited for", async () => {
    using listener = new NotifyListener(path);
    write(bundle.config("true"));
    const id = bundle.id();
    expect((await listener.during(bunc(["run", "--detach", id], env))).code).toBe(0);
    expect(listener.messages).toEqual([]);
    expect((await bunc(["delete", "--force", id])).code).toBe(0);
    rmSync(path);
  });

  test("in the foreground it does not matter who listens", async () => {
    write(bundle.config("exit 3"));
    expect((await bunc(["run", bundle.id()], { NOTIFY_SOCKET: "@nobody" })).code).toBe(3);
  });
});

describe("--regex", () => {
  test("signals and deletes all whose id matches", async () => {
    write(bundle.config("exec sleep 1000"));
    const ids = ["web-1", "web-2", "db-1"].map((name) => `${bundle.id()}-${name}`);
    for (const id of ids) expect((await bunc(["run", "--detach", id])).code).toBe(0);
    const status = async (id: string): Promise<string> =>
      JSON.parse((await bunc(["state", id])).out).status;

    expect((await bunc(["kill", "--regex", "web-[12]$", "KILL"])).code).toBe(0);
    for (const id of ids.slice(0, 2)) {
      await until("it has stopped", async () => (await status(id)) === "stopped", deadlineMs);
    }
    expect(await status(ids[2] ?? "")).toBe("running");

    expect((await bunc(["delete", "--regex", "web-"])).code).toBe(0);
    expect((await bunc(["list", "-q"])).out).toBe(`${ids[2]}\n`);
    expect((await bunc(["delete", "--force", "-r", "."])).code).toBe(0);
    expect(readdirSync(bundle.root)).toEqual([]);
    expect((await bunc(["delete", "--regex", "nothing"])).code).toBe(0);
  }, 60_000);

  test("one that cannot be done keeps the others from nothing", async () => {
    write(bundle.config("exec sleep 1000"));
    const [running, created] = [`${bundle.id()}-a`, `${bundle.id()}-b`];
    expect((await bunc(["run", "--detach", running])).code).toBe(0);
    expect((await bunc(["create", created])).code).toBe(0);
    expect(await bunc(["delete", "--regex", "[0-9a-f]-[ab]$"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("not stopped: running"),
    });
    expect((await bunc(["list", "-q"])).out).toBe(`${running}\n`);
    expect((await bunc(["delete", "--regex", "("])).err).toContain("--regex");
    expect((await bunc(["delete", "--force", running])).code).toBe(0);
  }, 60_000);
});

describe("--pidfd-socket", () => {
  test("gets a pidfd of the process", async () => {
    write(bundle.config("exec sleep 1000"));
    const path = join(work, "pidfd.sock");
    using listener = new FileDescriptor(
      kernel,
      kernel.call("socket", value("AF_UNIX"), value("SOCK_STREAM", "SOCK_CLOEXEC"), 0),
    );
    const address = new Uint8Array(110);
    new DataView(address.buffer).setUint16(0, value("AF_UNIX"), true);
    new TextEncoder().encodeInto(path, address.subarray(2));
    kernel.call("bind", listener.number, address, address.length);
    kernel.call("listen", listener.number, 2);
    const receive = (): number => {
      using connection = new FileDescriptor(
        kernel,
        kernel.call("accept4", listener.number, null, null, value("SOCK_CLOEXEC")),
      );
      using pidfd = receiveDescriptor(kernel, connection.number);
      const info = readFileSync(`/proc/self/fdinfo/${pidfd?.number}`, "utf8");
      return Number(/^Pid:\t(\d+)$/m.exec(info)?.[1]);
    };

    const id = bundle.id();
    const pidFile = join(work, "pid");
    expect(
      (await bunc(["run", "-d", "--pid-file", pidFile, "--pidfd-socket", path, id])).code,
    ).toBe(0);
    expect(receive()).toBe(Number(readFileSync(pidFile, "utf8")));
    const exec = ["exec", "-d", "--pid-file", pidFile, "--pidfd-socket", path, id, "sleep", "1000"];
    expect((await bunc(exec)).code).toBe(0);
    expect(receive()).toBe(Number(readFileSync(pidFile, "utf8")));
    expect((await bunc(["delete", "--force", id])).code).toBe(0);
    rmSync(path);
  });
});

describe("warnings", () => {
  const missing = bundle.config("true", (config) =>
    withProcess(config, { capabilities: { bounding: [...capabilityNames] } }),
  );

  test("go to the log, or to stderr, or nowhere, as it is asked for", async () => {
    write(missing);
    const { err, code } = await bunc(["run", bundle.id()]);
    expect(code).toBe(0);
    // A machine that has all capabilities has nothing to warn of.
    if (err === "") return;
    expect(err).toContain("bunc: warning: Cannot grant CAP_");
    expect(err.split("\n")).toHaveLength(2);

    const log = join(work, "log");
    const logged = await bunc(["--log", log, "--log-format", "json", "run", bundle.id()]);
    expect(logged.err).toBe("");
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({ level: "warning" });
    expect((await bunc(["--log-level", "error", "run", bundle.id()])).err).toBe("");
  });
});
