import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "tools/until";
import { atTerminal } from "../../test/at-terminal.ts";
import { done, type FakeDaemon, type FakeSocket, fakeDaemon } from "../../test/fake-daemon.ts";
import {
  type CtrResult,
  ctrCommand,
  ctrEnvironment,
  runCtr,
  spawnCtr,
} from "../../test/run-ctr.ts";

let daemon: FakeDaemon;
let socket: FakeSocket | undefined;
let hasTerminal: boolean;
/** Input that the process got. */
let input: string;
/** Documents that the client sent. */
let said: object[];
/** What the process does once it is attached to, or has got input. */
let react: () => void;

beforeEach(async () => {
  [socket, hasTerminal, input, said, react] = [undefined, false, "", [], () => undefined];
  daemon = await fakeDaemon({
    answer: ({ method, path }) => {
      if (path === "/containers/redis/processes") {
        return Response.json({ processId: "exec-1", status: "created" }, { status: 201 });
      }
      if (method === "POST" && path === "/containers") {
        return Response.json({ id: "redis" }, { status: 201 });
      }
      if (path === "/containers/redis/start") {
        setTimeout(react);
        return Response.json({ id: "redis" });
      }
      return done();
    },
    attached: (opened) => {
      socket = opened;
      opened.send(JSON.stringify({ type: "attached", processId: "exec-1", terminal: hasTerminal }));
      react();
    },
    received: (_, message) => {
      if (typeof message === "string") said.push(JSON.parse(message));
      else input += Buffer.from(message.subarray(1)).toString();
      react();
    },
  });
});

afterEach(async () => {
  await daemon[Symbol.asyncDispose]();
});

function print(stream: 1 | 2, text: string | Uint8Array): void {
  socket?.send(Buffer.concat([Uint8Array.of(stream), Buffer.from(text)]));
}

function exit(status: number): void {
  const document = { processId: "exec-1", status, exitedAt: "2026-06-15T03:10:37Z" };
  socket?.send(JSON.stringify({ type: "exit", exit: document }));
}

describe("without a terminal", () => {
  test("output comes apart, and the exit code is that of the process", async () => {
    react = () => {
      print(1, "out\n");
      print(2, "err\n");
      exit(42);
    };

    expect(await runCtr(daemon, "exec", "redis", "job")).toEqual({
      out: "out\n",
      err: "err\n",
      code: 42,
    });
  });

  test("much output arrives whole", async () => {
    const line = `${"x".repeat(999)}\n`;
    react = () => {
      for (let count = 0; count < 200; count++) print(1, line);
      exit(0);
    };

    const { out, code } = await runCtr(daemon, "exec", "redis", "job");
    expect(out).toBe(line.repeat(200));
    expect(code).toBe(0);
  });

  test("input arrives whole, and its end too", async () => {
    const stdin = Buffer.from("0123456789".repeat(30_000));
    react = () => {
      socket?.send(JSON.stringify({ type: "written", bytes: 100_000 }));
      if (said.some((document) => "type" in document && document.type === "closeStdin")) exit(0);
    };

    expect((await runCtr({ ...daemon, stdin }, "exec", "-i", "redis", "cat")).code).toBe(0);
    expect(input).toBe(stdin.toString());
  });

  test("ctr ends with the process although its own input stays open", async () => {
    react = () => exit(0);
    const child = Bun.spawn([...ctrCommand, "exec", "-i", "redis", "job"], {
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
      env: ctrEnvironment(daemon),
    });

    expect(await child.exited).toBe(0);
    await child.stdin.end();
  });

  test("input is left alone without -i", async () => {
    react = () => exit(0);
    await runCtr({ ...daemon, stdin: Buffer.from("x") }, "exec", "redis", "job");

    expect(input).toBe("");
    expect(daemon.seen[0]?.body).toMatchObject({ openStdin: false, removeOnExit: true });
    expect(daemon.seen[1]?.path).toContain("stdin=false");
  });

  test("--json prints output and exit as documents", async () => {
    react = () => {
      print(1, "hé");
      print(2, Uint8Array.of(255));
      exit(3);
    };
    const { out, code }: CtrResult = await runCtr(daemon, "--json", "exec", "redis", "job");

    const documents = out
      .trim()
      .split("\n")
      .map((text): object => JSON.parse(text));
    expect(documents).toContainEqual({ stream: "stdout", text: "hé" });
    expect(documents).toContainEqual({ stream: "stderr", base64: "/w==" });
    expect(documents.at(-1)).toMatchObject({ exit: { status: 3 } });
    expect(code).toBe(3);
  });

  test("signals go to the process", async () => {
    const child = spawnCtr(daemon, ["exec", "redis", "job"]);
    await until("it is attached", () => socket !== undefined);
    print(1, "ready\n");
    await child.stdout.getReader().read();
    child.kill("SIGTERM");
    const sent = await until("the signal is sent", () => daemon.seen[2]);
    exit(143);

    expect(sent).toMatchObject({
      path: "/containers/redis/processes/exec-1/kill",
      body: { signal: "SIGTERM" },
    });
    expect(await child.exited).toBe(143);
  });

  test("a process that does not care is let go of at the third signal", async () => {
    const child = spawnCtr(daemon, ["exec", "redis", "job"]);
    await until("it is attached", () => socket !== undefined);
    print(1, "ready\n");
    await child.stdout.getReader().read();
    for (let sent = 1; sent <= 2; sent++) {
      child.kill("SIGINT");
      await until("the signal is sent", () => daemon.seen.length === 2 + sent);
    }
    child.kill("SIGINT");

    expect(await child.exited).toBe(4);
    expect(await child.stderr.text()).toContain("ERR_PROCESS_GOES_ON");
  });

  test("a daemon that goes away is an error", async () => {
    const child = spawnCtr(daemon, ["exec", "redis", "job"]);
    await until("it is attached", () => socket !== undefined);
    socket?.terminate();

    expect(await child.exited).toBe(7);
    expect(await child.stderr.text()).toContain("ERR_DAEMON_GONE");
  });

  test("run attaches before it starts", async () => {
    react = () => {
      if (daemon.seen.at(-1)?.path !== "/containers/redis/start") return;
      print(1, "first\n");
      exit(0);
    };

    expect((await runCtr(daemon, "run", "redis", "/bundle")).out).toBe("first\n");
    expect(daemon.seen.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "POST /containers",
      "GET /containers/redis/processes/init/attach",
      "POST /containers/redis/start",
    ]);
  });
});

describe("at a terminal", () => {
  beforeEach(() => {
    hasTerminal = true;
  });

  test("keys arrive as they are typed, and the terminal is as before at the end", async () => {
    await using ctr = atTerminal(daemon.socketPath, "exec", "-it", "redis", "sh");
    expect(ctr.isAsBefore()).toBe(true);
    await until("the terminal is raw", () => ctr.isRaw());
    ctr.terminal.write("ls\r\x03");
    await until("the keys arrive", () => input === "ls\r\x03");
    print(1, "a file\r\n");
    exit(7);

    expect(await ctr.exitCode()).toBe(7);
    await until("the output is on the screen", () => ctr.screen().includes("a file"));
    expect(ctr.isAsBefore()).toBe(true);
  });

  test("the process knows the size from the start, and when it changes", async () => {
    await using ctr = atTerminal(daemon.socketPath, "exec", "-it", "redis", "sh");
    await until("the terminal is raw", () => ctr.isRaw());
    expect(daemon.seen[0]?.body).toMatchObject({
      terminal: true,
      openStdin: true,
      consoleSize: { width: 90, height: 33 },
    });
    ctr.terminal.resize(120, 40);
    // The terminal is not the child's controlling one, so the kernel does not send it.
    ctr.child.kill("SIGWINCH");

    await until("the new size arrives", () =>
      said.some((document) => "columns" in document && document.columns === 120),
    );
    expect(said.at(-1)).toEqual({ type: "resize", columns: 120, rows: 40 });
    exit(0);
    expect(await ctr.exitCode()).toBe(0);
  });

  test("the detach keys leave the process running", async () => {
    await using ctr = atTerminal(daemon.socketPath, "attach", "--detach-keys", "ctrl-x,d", "redis");
    await until("the terminal is raw", () => ctr.isRaw());
    ctr.terminal.write("a\x18d");

    expect(await ctr.exitCode()).toBe(0);
    expect(input).toBe("a");
    expect(ctr.isAsBefore()).toBe(true);
    await until("it says so", () => ctr.screen().includes("detached from redis"));
  });

  test("the terminal is as before when the connection breaks", async () => {
    await using ctr = atTerminal(daemon.socketPath, "exec", "-it", "redis", "sh");
    await until("the terminal is raw", () => ctr.isRaw());
    socket?.terminate();

    expect(await ctr.exitCode()).toBe(7);
    expect(ctr.isAsBefore()).toBe(true);
  });
});
