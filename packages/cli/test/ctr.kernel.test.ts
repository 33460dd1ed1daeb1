/**
 * `ctr` with a daemon that it starts itself, and real containers.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import { atTerminal } from "./at-terminal.ts";
import { type RealDaemon, realDaemon } from "./real-daemon.ts";
import { runCtr, spawnCtr } from "./run-ctr.ts";
import { findTraces } from "./traces.ts";

let daemon: RealDaemon;

/** Runs until it is told to end; then says so and exits with 9. */
const server = ["sh", "-c", 'trap "echo down; exit 9" TERM; echo up; while :; do sleep 0.05; done'];

beforeAll(async () => {
  daemon = await realDaemon();
  await daemon.ok("list");
  await daemon.bundle("server", server);
  await daemon.bundle("login", ["sh"], true);
}, 120_000);

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  // A shim ends after it has said that its container is gone.
  await until("nothing is left", () => findTraces("test-cli").length === 0).catch(() => undefined);
  expect(findTraces("test-cli")).toEqual([]);
}, 120_000);

const bundle = (name: string): string => join(daemon.folder, name);
const isRunning = async (id: string): Promise<boolean> =>
  (await daemon.ok("list", "-q", "--status", "running", id)).trim() === id;

describe("the daemon", () => {
  test("is started once, however many ask at the same time, away from what is in front", async () => {
    await using own = await realDaemon();
    const results = await Promise.all(
      Array.from({ length: 5 }, () =>
        runCtr(
          {
            socketPath: own.socketPath,
            cwd: own.folder,
            environment: { CTR_NO_DAEMON_START: "0", BUN_JSC_dumpOptions: "0", SECRET: "hidden" },
          },
          "list",
          "--quiet",
        ),
      ),
    );
    const { pid } = JSON.parse(await own.ok("--json", "info"));

    expect(results.map(({ out, code }) => ({ out, code }))).toEqual(
      Array.from({ length: 5 }, () => ({ out: "", code: 0 })),
    );
    expect(results.map(({ err }) => err).join("")).toContain(`started ctrd, pid ${pid}`);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
    // Field 6 of stat: it leads a session of its own.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    expect(Number(fields[3])).toBe(pid);
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toMatch(/SECRET|BUN_/);
  }, 120_000);

  test("is not started when that is not wanted", async () => {
    const socketPath = join(daemon.folder, "other", "ctr.sock");
    const refused = await runCtr({ socketPath }, "list");
    const flag = await daemon.ctr("--no-daemon-start", "--address", socketPath, "list");

    expect([refused.code, flag.code]).toEqual([7, 7]);
    expect(refused.err).toContain("ERR_DAEMON_UNREACHABLE");
  });

  test("that cannot start is an error that says why", async () => {
    const socketPath = "/proc/nowhere/ctr.sock";
    const { err, code } = await daemon.ctr("--address", socketPath, "list");

    expect(err).toContain("ERR_DAEMON_START_FAILED");
    expect(code).toBe(5);
  }, 120_000);
});

/** Returns the first line as soon as it is there; the rest is read, too, so that who writes it goes on. */
function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    }
    resolve(text);
  };
  void read();
  return promise;
}

describe("a container", () => {
  test("is started, looked at, stopped and deleted", async () => {
    await daemon.ok("start", "--label", "app=test", "test-cli-server", bundle("server"));
    await until("it says that it is up", async () =>
      (await daemon.ok("logs", "test-cli-server")).includes("up"),
    );

    expect(await daemon.ok("list", "-q", "-l", "app=test")).toBe("test-cli-server\n");
    expect((await daemon.ok("ps", "test-cli-server")).split("\n")[1]).toContain("init");
    const stats = await daemon.ok("stats", "--no-stream", "--interval", "50ms");
    expect(stats).toMatch(/^ID .*\ntest-cli-server +\d+\.\d+% +\S+iB .*\n$/);
    const looking = spawnCtr(daemon, ["--json", "stats", "--interval", "50ms", "test-cli-server"]);
    const following = spawnCtr(daemon, ["logs", "-f", "test-cli-server"]);
    const waiting = spawnCtr(daemon, ["wait", "test-cli-server"]);
    const seen = await firstLine(looking.stdout);
    await daemon.ok("stop", "test-cli-server");

    expect(await waiting.stdout.text()).toBe("9\n");
    expect(JSON.parse(seen)).toMatchObject({
      id: "test-cli-server",
      stats: { pids: { current: expect.any(Number) } },
    });
    expect(await looking.exited).toBe(0);
    expect(await following.stdout.text()).toBe("up\ndown\n");
    expect((await daemon.ok("list", "test-cli-server")).split("\n")[1]).toContain("stopped (9)");
    const events = await daemon.ok(
      ...["--json", "events", "--since", "0", "--no-follow", "test-cli-server"],
    );
    expect(
      events
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).type),
    ).toEqual(["create", "start-container", "exit"]);
    await daemon.ok("delete", "test-cli-server");
    expect((await daemon.ctr("inspect", "test-cli-server")).code).toBe(3);
  }, 120_000);

  test("is created first and started then, paused and resumed, limited and killed", async () => {
    const id = "test-cli-steps";
    await daemon.ok("create", id, bundle("server"));
    expect(await daemon.ok("list", "-q", "--status", "created")).toBe(`${id}\n`);
    await daemon.ok("start", id);
    await daemon.ok("pause", id);
    expect(await daemon.ok("list", "-q", "--status", "paused")).toBe(`${id}\n`);
    await daemon.ok("resume", id);
    await daemon.ok("update", "--pids-limit", "50", id);
    await daemon.ok("kill", id, "KILL");
    expect(await daemon.ok("wait", id)).toBe("137\n");
    await daemon.ok("delete", id);
  }, 120_000);

  test("as in 2016 is gone when it ends", async () => {
    const id = "test-cli-2016";
    await daemon.ok("containers", "start", id, bundle("server"));
    const [header, row] = (await daemon.ok("containers", "list", id)).split("\n");
    expect(header?.split(/ {3,}/)).toEqual(["ID", "PATH", "STATUS", "PROCESSES"]);
    expect(row?.split(/ {3,}/)).toEqual([id, bundle("server"), "running", "init"]);
    await daemon.ok("containers", "kill", "-s", "9", id);
    await until("it is gone", async () => (await daemon.ok("list", "-q", id)) === "");
  }, 120_000);

  test("that cannot be created leaves nothing behind", async () => {
    const { err, code } = await daemon.ctr("run", "test-cli-none", join(daemon.folder, "none"));

    expect(err).toContain("config.json");
    expect(code).toBe(3);
    expect((await daemon.ctr("inspect", "test-cli-none")).code).toBe(3);
  });

  test("whose program does not exist leaves nothing behind", async () => {
    const path = await daemon.bundle("no-program", ["/nonexistent"]);
    const { err, code } = await daemon.ctr("run", "test-cli-none", path);

    expect(err).toContain("/nonexistent");
    expect(code).not.toBe(0);
    expect((await daemon.ctr("inspect", "test-cli-none")).code).toBe(3);
  });
});

describe("ctr run", () => {
  test("passes on output, input and the exit code, and --rm leaves nothing", async () => {
    const path = await daemon.bundle("job", ["sh", "-c", "cat; echo done >&2; exit 42"]);
    const stdin = Buffer.from("some input\n".repeat(10_000));
    const { out, err, code } = await runCtr(
      { socketPath: daemon.socketPath, stdin },
      ..."run --rm -i test-cli-job".split(" "),
      path,
    );

    expect(out).toBe(stdin.toString());
    expect(err).toBe("done\n");
    expect(code).toBe(42);
    // The name can be used again at once.
    expect(await runCtr(daemon, "run", "--rm", "test-cli-job", path)).toMatchObject({ code: 42 });
    expect((await daemon.ctr("inspect", "test-cli-job")).code).toBe(3);
  }, 120_000);

  test("hands on signals", async () => {
    const child = spawnCtr(daemon, ["run", "--rm", "test-cli-signal", bundle("server")]);
    await until("it runs", () => isRunning("test-cli-signal"));
    await until("it is up", async () =>
      (await daemon.ok("logs", "test-cli-signal")).includes("up"),
    );
    child.kill("SIGTERM");

    expect(await child.stdout.text()).toBe("up\ndown\n");
    expect(await child.exited).toBe(9);
  }, 120_000);

  test("leaves the container running when ctr is killed", async () => {
    const child = spawnCtr(daemon, ["run", "test-cli-left", bundle("server")]);
    await until("it runs", () => isRunning("test-cli-left"));
    child.kill("SIGKILL");
    await child.exited;

    expect(await isRunning("test-cli-left")).toBe(true);
    await daemon.ok("delete", "--force", "test-cli-left");
  }, 120_000);
});

describe("at a terminal", () => {
  test("run -it is a shell that knows the size of the terminal", async () => {
    await using ctr = atTerminal(
      daemon.socketPath,
      ..."run --rm -it test-cli-shell".split(" "),
      bundle("login"),
    );
    await until("the terminal is raw", () => ctr.isRaw());
    // The shell itself says "ready": as long as stty(1) has the terminal, Ctrl-C is for that alone.
    ctr.terminal.write("stty size; echo rea''dy; read line; echo got $line\r");
    await until("the shell answers", () => ctr.screen().includes("ready"));
    expect(ctr.screen()).toContain("33 90");
    // Ctrl-C goes to the shell, not to ctr.
    ctr.terminal.write("\x03");
    await until("the shell prompts anew", () => /\^C\s+# $/.test(ctr.screen()));
    ctr.terminal.write("exit 5\r");

    expect(await ctr.exitCode()).toBe(5);
    expect(ctr.isAsBefore()).toBe(true);
  }, 120_000);

  test("the detach keys leave it running, and attach comes back", async () => {
    const id = "test-cli-detach";
    await using first = atTerminal(daemon.socketPath, "run", "--rm", "-it", id, bundle("login"));
    await until("the terminal is raw", () => first.isRaw());
    first.terminal.write("state=kept\r\x10\x11");
    expect(await first.exitCode()).toBe(0);
    expect(await isRunning(id)).toBe(true);

    await using second = atTerminal(daemon.socketPath, "attach", id);
    await until("the terminal is raw", () => second.isRaw());
    second.terminal.write("echo [$state]; exit 3\r");
    expect(await second.exitCode()).toBe(3);
    await until("the screen shows it", () => second.screen().includes("[kept]"));
  }, 120_000);
});

describe("at a terminal, without -i", () => {
  test("a container that has a terminal of its own is typed into", async () => {
    await using ctr = atTerminal(
      daemon.socketPath,
      ..."run --rm test-cli-typed".split(" "),
      bundle("login"),
    );
    await until("the terminal is raw", () => ctr.isRaw());
    ctr.terminal.write("exit 4\r");

    expect(await ctr.exitCode()).toBe(4);
  }, 120_000);

  test("a container that has none reads nothing", async () => {
    const path = await daemon.bundle("reader", ["sh", "-c", "cat; echo end"]);
    await using ctr = atTerminal(daemon.socketPath, "run", "--rm", "test-cli-reader", path);

    expect(await ctr.exitCode()).toBe(0);
    // The terminal hands on what was written in its own time.
    await until("the output is on the screen", () => ctr.screen().includes("end"));
  }, 120_000);
});

describe("ctr attach", () => {
  test("only watches what reads no input, and ends with it", async () => {
    const id = "test-cli-watched";
    const ticker = 'trap "exit 9" TERM; while :; do echo tick; sleep 0.05; done';
    await daemon.ok("start", id, await daemon.bundle("ticker", ["sh", "-c", ticker]));
    const child = spawnCtr({ ...daemon, stdin: Buffer.from("input") }, ["attach", id]);
    const { value } = await child.stdout.getReader().read();
    await daemon.ok("kill", id);

    expect(Buffer.from(value ?? []).toString()).toContain("tick");
    expect(await child.exited).toBe(9);
    await daemon.ok("delete", id);
  }, 120_000);
});

describe("ctr exec", () => {
  const id = "test-cli-exec";

  beforeAll(async () => {
    await daemon.ok("start", id, bundle("server"));
  }, 120_000);

  afterAll(async () => {
    await daemon.ok("delete", "--force", id);
  }, 120_000);

  test("leaves the arguments and their flags alone", async () => {
    expect(await daemon.ok("exec", id, "sh", "-c", 'echo "$@"', "x", "-t", "--json", "--")).toBe(
      "-t --json --\n",
    );
  }, 120_000);

  test("gives the exit code, and runs as who it is told to, where it is told to", async () => {
    const { out, code } = await daemon.ctr(
      ...`exec -u 7:8 -w /tmp -e A=b ${id} sh -c`.split(" "),
      "id -u; id -g; pwd; echo $A; exit 6",
    );

    expect(out).toBe("7\n8\n/tmp\nb\n");
    expect(code).toBe(6);
  }, 120_000);

  test("passes on a megabyte of input", async () => {
    const stdin = crypto
      .getRandomValues(new Uint8Array(1_048_576 / 16))
      .toHex()
      .repeat(8);
    const { out } = await runCtr(
      { socketPath: daemon.socketPath, stdin: Buffer.from(stdin) },
      ..."exec -i test-cli-exec cat".split(" "),
    );

    expect(Bun.hash(out)).toBe(Bun.hash(stdin));
  }, 120_000);

  test("a program that does not exist is an error of its own kind", async () => {
    const { err, code } = await daemon.ctr("exec", id, "nonexistent");

    expect(err).toContain('"nonexistent"');
    expect(code).toBe(3);
  }, 120_000);

  test("-t gives a terminal with our size", async () => {
    await using ctr = atTerminal(
      daemon.socketPath,
      ...`exec -it ${id} sh -c`.split(" "),
      "stty size; read line; echo got $line",
    );
    await until("there is a terminal", () => ctr.screen().includes("33 90"));
    ctr.terminal.write("keys\r");
    await until("the keys arrive", () => ctr.screen().includes("got keys"));

    expect(await ctr.exitCode()).toBe(0);
  }, 120_000);

  test("-d runs in the background under its name", async () => {
    expect(await daemon.ok("exec", "-d", "--process-id", "back", id, "sleep", "1000")).toBe(
      "back\n",
    );
    const { pid } = JSON.parse(await daemon.ok("--json", "ps", id)).find(
      (process: { processId?: string }) => process.processId === "back",
    );
    expect(isAlive(pid)).toBe(true);
    await daemon.ok("kill", "--process", "back", id, "KILL");
    expect(await daemon.ok("wait", "--process", "back", id)).toBe("137\n");
  }, 120_000);
});

test("explain prints what init will do, without a daemon", async () => {
  const { out, code } = await runCtr(
    { socketPath: "/nonexistent/ctr.sock" },
    "explain",
    bundle("server"),
  );

  expect(code).toBe(0);
  expect(out).toContain("/process/args");
  expect(out).toContain("execve");
});
