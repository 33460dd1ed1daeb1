import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Container, ContainerEvent, LogRecord } from "@ctr/daemon/client";
import {
  done,
  type FakeDaemon,
  fakeDaemon,
  problem,
  type SeenRequest,
} from "../test/fake-daemon.ts";
import { type CtrResult, runCtr, spawnCtr } from "../test/run-ctr.ts";

const redis: Container = {
  id: "redis",
  bundle: "/containers/redis",
  runtime: "bunc",
  status: "running",
  labels: { app: "cache" },
  created: "2016-06-15T03:10:37.097884439Z",
  removeOnExit: true,
  processes: [
    { processId: "init", status: "running", pid: 16476, terminal: true },
    { processId: "shell", status: "running", pid: 16480 },
    { processId: "old", status: "stopped", pid: 16478 },
  ],
};
const ended = { processId: "init", status: 137, exitedAt: "2016-06-15T04:00:00Z" };
const job: Container = {
  ...redis,
  id: "job",
  bundle: "/containers/a-long-name-of-a-job",
  status: "stopped",
  processes: [{ processId: "init", status: "stopped", pid: 7, exit: ended }],
  exit: ended,
};
const events: ContainerEvent[] = [
  { sequence: 1, timestamp: "2016-06-15T03:10:37.097Z", type: "start-container", id: "redis" },
  {
    sequence: 2,
    timestamp: "2016-06-15T04:00:00.000Z",
    type: "exit",
    id: "redis",
    pid: "init",
    status: 0,
  },
];
const records: LogRecord[] = [
  { timestamp: "2016-06-15T03:10:37.000000001Z", stream: "stdout", text: "first ", partial: true },
  { timestamp: "2016-06-15T03:10:37.000000002Z", stream: "stdout", text: "line" },
  { timestamp: "2016-06-15T03:10:37.000000003Z", stream: "stderr", text: "trouble" },
  { timestamp: "2016-06-15T03:10:37.000000004Z", stream: "stdout", base64: "/wA=" },
];

let looks = 0;
let looksAtJob = 0;
/** Each time half a second of a processor more than a second before. */
const stats = (): string => {
  looks++;
  const readAt = new Date(Date.UTC(2026, 5, 15) + 1000 * looks).toISOString();
  return `{"id":"redis","readAt":"${readAt}","stats":{"cpu":{"usage":{"total":${looks * 5e8}}},"memory":{"usage":{"limit":18446744073709551615,"usage":1048576,"failcnt":0}},"pids":{"current":3},"blkio":{"ioServiceBytesRecursive":[{"op":"Read","value":2048},{"op":"Write","value":512},{"op":"Read","value":1024}]}}}`;
};

const answers: Readonly<Record<string, () => Response>> = {
  "GET /containers": () => Response.json({ containers: [job, redis] }),
  "POST /containers": () => Response.json(redis, { status: 201 }),
  "GET /containers/redis": () => Response.json(redis),
  "POST /containers/redis/start": () => Response.json(redis),
  "POST /containers/redis/kill": done,
  "POST /containers/redis/processes/shell/kill": done,
  "POST /containers/redis/stop": () => Response.json({ ...ended, status: 0 }),
  "DELETE /containers/redis": done,
  "DELETE /containers/job": done,
  "POST /containers/redis/pause": done,
  "PATCH /containers/redis/resources": done,
  "GET /containers/redis/processes/init/wait": () => Response.json(ended),
  "GET /containers/job/processes/init/wait": () => Response.json({ ...ended, status: 3 }),
  "POST /containers/redis/processes": () =>
    Response.json({ processId: "exec-1", status: "running", pid: 9 }, { status: 201 }),
  "GET /containers/redis/pids": () =>
    Response.json({
      pids: [
        { pid: 5, parentPid: 1, uid: 0, command: ["redis-server", "\u001b[2J"], processId: "init" },
        { pid: 6, parentPid: 5, uid: 99, command: ["[sh]"] },
      ],
    }),
  "GET /containers/redis/stats": () => new Response(stats()),
  "GET /containers/job/stats": () =>
    looksAtJob++ < 3
      ? new Response(stats().replace("redis", "job"))
      : problem(409, "ERR_CONTAINER_STATUS", "conflict", "It is stopped"),
  "GET /containers/redis/logs": () =>
    new Response(records.map((record) => `${JSON.stringify(record)}\n`).join("")),
  "GET /events": () =>
    new Response(
      events.map((event) => `id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    ),
  "GET /version": () =>
    Response.json({
      version: "0.1.0",
      api: "v1",
      bun: "1.4.5",
      platform: "linux",
      architecture: "x64",
      kernel: "6.18.0",
    }),
};

function answer({ method, path }: SeenRequest): Response {
  const known = answers[`${method} ${path.split("?")[0]}`];
  return (
    known?.() ??
    problem(404, "ERR_CONTAINER_NOT_FOUND", "notFound", 'Cannot find container "nobody"')
  );
}

let daemon: FakeDaemon;
const ctr = (...argv: string[]): Promise<CtrResult> => runCtr(daemon, ...argv);

/** Runs `ctr`, which has to succeed, and returns what it asked the daemon for last. */
async function asked(...argv: string[]): Promise<SeenRequest | undefined> {
  const { err, code } = await ctr(...argv);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  return daemon.seen.at(-1);
}

beforeAll(async () => {
  daemon = await fakeDaemon({ answer });
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
});

describe("ctr containers, as in 2016", () => {
  test("list prints the table of 2016", async () => {
    expect((await ctr("--debug", "containers", "list")).out).toBe(
      [
        "ID                  PATH                               STATUS              PROCESSES",
        "job                 /containers/a-long-name-of-a-job   stopped             ",
        "redis               /containers/redis                  running             init,shell",
        "",
      ].join("\n"),
    );
    expect((await ctr("containers")).out).toContain("PROCESSES");
  });

  test("start makes a container that goes when it ends", async () => {
    expect(await asked("containers", "start", "redis", "/containers/redis")).toEqual({
      method: "POST",
      path: "/containers",
      body: {
        id: "redis",
        bundle: "/containers/redis",
        labels: {},
        openStdin: false,
        removeOnExit: true,
        start: true,
      },
    });
  });

  test("exec and kill take the flags of 2016", async () => {
    expect(
      await asked("containers", "exec", "--id", "redis", "--pid", "exec-1", "-u", "5", "ls", "-l"),
    ).toMatchObject({
      path: "/containers/redis/processes",
      body: { args: ["ls", "-l"], user: { uid: 5, gid: 0 }, processId: "exec-1" },
    });
    expect(await asked("containers", "kill", "-p", "shell", "-s", "9", "redis")).toMatchObject({
      path: "/containers/redis/processes/shell/kill",
      body: { signal: 9 },
    });
    expect((await ctr("containers", "exec", "ls")).code).toBe(2);
  });
});

describe("ctr", () => {
  test("list prints a table, names or JSON", async () => {
    const lines = (await ctr("list")).out.split("\n").map((line) => line.split(/\s{2,}/));
    expect(lines[0]).toEqual(["ID", "STATUS", "PID", "CREATED", "BUNDLE"]);
    expect(lines[1]).toMatchObject([
      "job",
      "stopped (137)",
      "-",
      expect.stringMatching(/days ago$/),
      job.bundle,
    ]);
    expect(lines[2]?.slice(0, 3)).toEqual(["redis", "running", "16476"]);

    expect((await ctr("ls", "-q")).out).toBe("job\nredis\n");
    const { out } = await ctr("list", "--json");
    expect(JSON.parse(out)).toEqual([job, redis]);
  });

  test("list passes on what is wanted", async () => {
    const request = await asked(
      "list",
      "--status",
      "running",
      "-l",
      "app=cache",
      "-l",
      "x",
      "redis",
    );

    expect(request?.path).toBe("/containers?id=redis&status=running&label=app%3Dcache&label=x");
    expect((await ctr("list", "--status", "runing")).err).toContain("Did you mean running?");
  });

  test("start sends every flag", async () => {
    const request = await asked(
      ..."start --rm -i -t -l app=web --label x -r ./crun --runtime-args --root --runtime-args /r".split(
        " ",
      ),
      ..."--log-format raw --log-path x.log --log-size 10m --log-files 3 --no-pivot --no-new-keyring".split(
        " ",
      ),
      "redis",
      ".",
    );

    expect(request?.body).toEqual({
      id: "redis",
      bundle: process.cwd(),
      labels: { app: "web", x: "" },
      openStdin: true,
      removeOnExit: true,
      terminal: true,
      runtime: `${process.cwd()}/crun`,
      runtimeArgs: ["--root", "/r"],
      log: {
        format: "raw",
        path: `${process.cwd()}/x.log`,
        sizeBytesMax: 10_485_760,
        filesMax: 3,
      },
      noPivotRoot: true,
      noNewKeyring: true,
      start: true,
    });
  });

  test("start without a bundle starts what was created", async () => {
    expect(await asked("start", "redis")).toMatchObject({ path: "/containers/redis/start" });
  });

  test("create does not start, and takes this directory as the bundle", async () => {
    const { body } = (await asked("create", "redis")) ?? {};

    expect(body).toMatchObject({ id: "redis", bundle: process.cwd() });
    expect(body).not.toHaveProperty("start");
  });

  test("create refuses a name that would be a path", async () => {
    const { err, code } = await ctr("create", "../x", "/b");

    expect(err).toContain("ERR_INVALID_ID");
    expect(code).toBe(2);
  });

  test("exec leaves the command's flags alone", async () => {
    const request = await asked(
      ..."exec -d -w /srv -e A=1 -e B=2 -u 1:2 -g 3 -c CAP_KILL --no-new-privs".split(" "),
      ..."redis ls -l --json -- --help -d".split(" "),
    );

    expect(request).toEqual({
      method: "POST",
      path: "/containers/redis/processes",
      body: {
        args: ["ls", "-l", "--json", "--", "--help", "-d"],
        terminal: false,
        env: ["A=1", "B=2"],
        cwd: "/srv",
        user: { uid: 1, gid: 2, additionalGids: [3] },
        capabilities: ["CAP_KILL"],
        noNewPrivileges: true,
        openStdin: false,
      },
    });
    expect((await ctr("exec", "-d", "redis", "true")).out).toBe("exec-1\n");
  });

  test("exec needs a terminal for -it", async () => {
    const { err, code } = await ctr("exec", "-it", "redis", "sh");

    expect(err).toContain("ERR_NO_TERMINAL");
    expect(code).toBe(2);
  });

  test("kill sends a signal to a container, all of it, or a process", async () => {
    expect((await asked("kill", "redis"))?.body).toEqual({ signal: "SIGTERM", all: false });
    expect((await asked("kill", "-a", "redis", "KILL"))?.body).toEqual({
      signal: "SIGKILL",
      all: true,
    });
    expect(await asked("kill", "-p", "shell", "-s", "1", "redis")).toMatchObject({
      path: "/containers/redis/processes/shell/kill",
      body: { signal: 1 },
    });
    expect((await ctr("kill", "redis", "KIL")).err).toContain("Did you mean SIGKILL?");
    expect((await ctr("kill", "-s", "1", "redis", "2")).code).toBe(2);
  });

  test("stop passes on time and signal", async () => {
    expect((await asked("stop", "-t", "1.5", "-s", "INT", "redis"))?.body).toEqual({
      signal: "SIGINT",
      timeoutMs: 1500,
    });
  });

  test("delete goes on with the others when one fails", async () => {
    const { out, err, code } = await ctr("--json", "delete", "-f", "job", "nobody", "redis");

    expect(out).toBe('{"id":"job"}\n{"id":"redis"}\n');
    expect(JSON.parse(err)).toMatchObject({ code: "ERR_CONTAINER_NOT_FOUND", kind: "notFound" });
    expect(code).toBe(3);
    expect(daemon.seen.slice(-3).map(({ path }) => path.split("?")[1])).toEqual([
      "force=true",
      "force=true",
      "force=true",
    ]);
  });

  test("wait prints codes in the order of the names", async () => {
    expect(await ctr("wait", "job", "redis")).toEqual({ out: "3\n137\n", err: "", code: 0 });
  });

  test("update sends only what was named", async () => {
    expect((await asked("update", "--memory", "64m", "--cpus", "2", "redis"))?.body).toEqual({
      memory: { limit: 67_108_864 },
      cpu: { quota: 200_000, period: 100_000 },
    });
    const { err, code } = await ctr("update", "redis");
    expect(err).toContain("no limit is named");
    expect(code).toBe(2);
  });

  test("update reads limits from standard input", async () => {
    const stdin = Buffer.from('{"pids":{"limit":5}}');
    const { code } = await runCtr({ ...daemon, stdin }, "update", "--resources", "-", "redis");

    expect(code).toBe(0);
    expect(daemon.seen.at(-1)?.body).toEqual({ pids: { limit: 5 } });
    const bad = await runCtr(
      { ...daemon, stdin: Buffer.from("[1]") },
      "update",
      "--resources",
      "-",
      "redis",
    );
    expect(bad.err).toContain("ERR_INVALID_RESOURCES");
  });

  test("stats prints figures once, with the use of processors meanwhile", async () => {
    expect((await ctr("stats", "--no-stream", "--interval", "10ms", "redis")).out).toBe(
      [
        "ID      CPU     MEMORY    LIMIT   MEM   PIDS   READ      WRITTEN",
        "redis   50.0%   1.00MiB   -       -     3      3.00KiB   512B",
        "",
      ].join("\n"),
    );
    const json = (await ctr("--json", "stats", "--no-stream", "redis")).out;
    expect(json).toContain('"limit":18446744073709551615,');
    expect(json.split("\n")).toHaveLength(2);
    expect(await ctr("stats", "nobody")).toMatchObject({ out: "", code: 3 });
    expect((await ctr("stats", "--interval", "0", "redis")).code).toBe(2);
  });

  test("stats goes on until none of the containers runs any more", async () => {
    const { out, code } = await ctr("stats", "--interval", "10ms", "job");

    expect(code).toBe(0);
    expect(out.match(/^job /gm)).toHaveLength(3);
    expect(out).not.toContain("\u001b");
  });

  test("ps prints processes, and nothing that steers the terminal", async () => {
    expect((await ctr("ps", "redis")).out).toBe(
      [
        "PID   PARENT   UID   PROCESS   COMMAND",
        "5     1        0     init      redis-server \\x1b[2J",
        "6     5        99    -         [sh]",
        "",
      ].join("\n"),
    );
    expect((await ctr("ps", "-q", "redis")).out).toBe("5\n6\n");
  });

  test("logs prints streams apart, and lines whole", async () => {
    const { out, err } = await runCtr(daemon, "logs", "redis");
    expect(out).toBe("first line\n\ufffd\0\n");
    expect(err).toBe("trouble\n");

    const timed = await ctr("logs", "-t", "redis");
    expect(timed.out).toStartWith("2016-06-15T03:10:37.000000001Z first line\n");

    const json = await ctr("--json", "logs", "redis");
    expect(
      json.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(records);
  });

  test("logs passes on what is wanted", async () => {
    await ctr(
      "logs",
      "-f",
      "-n",
      "5",
      "--since",
      "0",
      "--stream",
      "stderr",
      "-p",
      "shell",
      "redis",
    );

    const query = new URLSearchParams(daemon.seen.at(-1)?.path.split("?")[1]);
    expect(Object.fromEntries(query)).toEqual({
      follow: "true",
      processId: "shell",
      since: "0",
      tail: "5",
      stdout: "false",
      stderr: "true",
    });
  });

  test("events prints a table, or a document a line", async () => {
    expect((await ctr("events", "--since", "0", "--no-follow")).out).toBe(
      [
        "TIME                        TYPE               ID                   PID              STATUS",
        "2016-06-15T03:10:37.097Z    start-container    redis",
        "2016-06-15T04:00:00.000Z    exit               redis                init             0",
        "",
      ].join("\n"),
    );
    expect(daemon.seen.at(-1)?.path).toBe("/events?follow=false&since=0");
    const { out } = await ctr("--json", "events", "--type", "exit", "redis");
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
    expect((await ctr("events", "--type", "exot")).err).toContain("Did you mean exit?");
  });

  test("version and info tell of both sides", async () => {
    expect(JSON.parse((await ctr("--json", "version")).out)).toMatchObject({
      client: { version: "0.1.0" },
      daemon: { version: "0.1.0", api: "v1" },
    });
    expect((await ctr("info")).out).toContain(daemon.socketPath);
    expect((await ctr("--version")).out).toBe("0.1.0\n");
  });

  test("version tells its own when no daemon answers, and fails", async () => {
    const { out, err, code } = await runCtr({ socketPath: "/nonexistent/ctr.sock" }, "version");

    expect(out).toStartWith("ctr   0.1.0");
    expect(err).toContain("ERR_DAEMON_UNREACHABLE");
    expect(code).toBe(7);
  });
});

describe("errors", () => {
  test("are a line with the code, and a hint", async () => {
    const { out, err, code } = await ctr("inspect", "nobody");

    expect(out).toBe("");
    expect(err).toBe(
      'ctr: Cannot find container "nobody" (ERR_CONTAINER_NOT_FOUND)\nhint: Try it\n',
    );
    expect(code).toBe(3);
  });

  test("are JSON with --json, wherever it stands", async () => {
    for (const argv of [
      ["--json", "inspect", "nobody"],
      ["inspect", "nobody", "--json"],
      ["inspect", "--jsno", "--json"],
      ["--json", "frobnicate"],
    ]) {
      expect(JSON.parse((await ctr(...argv)).err)).toMatchObject({ kind: expect.any(String) });
    }
  });

  test("show their causes with --debug", async () => {
    expect((await ctr("--debug", "inspect", "nobody")).err).toContain("    at ");
  });

  test("of the command line come before any question to a daemon", async () => {
    const before = daemon.seen.length;

    expect((await ctr("list", "--nope")).code).toBe(2);
    expect((await ctr("logs", "--tail", "x", "redis")).code).toBe(2);
    expect(daemon.seen).toHaveLength(before);
  });
});

test("a reader that stops early ends ctr as a broken pipe does", async () => {
  await using endless = await fakeDaemon({
    answer: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            controller.enqueue(Buffer.from('{"stream":"stdout","text":"again"}\n'.repeat(1000)));
          },
        }),
      ),
  });
  const child = spawnCtr(endless, ["logs", "-f", "redis"]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();

  expect(await child.exited).toBe(141);
  expect(await child.stderr.text()).toBe("");
});

test("help goes to standard output when it was asked for", async () => {
  expect((await ctr("--help")).out).toContain("Usage: ctr [FLAGS] COMMAND");
  expect((await ctr("help", "exec")).out).toBe((await ctr("exec", "-h")).out);
  expect(await ctr()).toMatchObject({ out: "", code: 2 });
});
