/** Where output goes and input comes from: logs, FIFOs, several clients, slow ones, much of it. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { constants, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Config, Mount } from "@ctr/spec";
import { until } from "tools/until";
import { startShim } from "../src/client.ts";
import type { InitDocument } from "../src/protocol.ts";
import { collect, type Fixture, makeFixture } from "./fixture.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture("bunc");
});
afterAll(() => fixture[Symbol.asyncDispose]());

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
let count = 0;
const path = (name: string): string => join(fixture.folder, `${name}-${++count}`);

function makeFifo(name: string): string {
  const fifo = path(name);
  const { exitCode } = Bun.spawnSync(["mkfifo", "-m", "600", fifo]);
  if (exitCode !== 0) throw new Error(`Cannot make ${fifo}`);
  return fifo;
}

/** Joins the texts of CRI records as a reader of logs does. */
function textOf(log: string, stream: string): string {
  let text = "";
  for (const line of log.split("\n")) {
    const [, of, tag, record = ""] = /^\S+ (\S+) ([FP]) (.*)$/.exec(line) ?? [];
    if (of === stream) text += tag === "F" ? `${record}\n` : record;
  }
  return text;
}

test("keeps output in a CRI log, both streams, partial lines marked", async () => {
  const log = { path: path("cri.log") };
  const script = "echo one; echo two >&2; echo -n no newline";
  const { shim } = await fixture.start({ args: ["sh", "-c", script], process: { log } });
  await shim.wait("init");
  const lines = readFileSync(log.path, "utf8").trimEnd().split("\n");
  for (const line of lines)
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z std(out|err) [FP] /);
  expect(textOf(lines.join("\n"), "stdout")).toBe("one\nno newline");
  expect(textOf(lines.join("\n"), "stderr")).toBe("two\n");
  expect(lines.some((line) => line.endsWith(" stdout P no newline"))).toBe(true);
  expect(statSync(log.path).mode & 0o777).toBe(0o600);
});

test("renames a CRI log at its size and keeps so many files, without tearing or losing a line", async () => {
  const log = { path: path("rotated.log"), sizeBytesMax: 4096, filesMax: 100 };
  const script = "i=0; while [ $i -lt 500 ]; do echo line number $i; i=$((i+1)); done";
  const { shim } = await fixture.start({ args: ["sh", "-c", script], process: { log } });
  await shim.wait("init");
  const files = [log.path];
  while (existsSync(`${log.path}.${files.length}`)) files.push(`${log.path}.${files.length}`);
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(4096);
  const text = files
    .toReversed()
    .map((file) => textOf(readFileSync(file, "utf8"), "stdout"))
    .join("");
  expect(text).toBe(Array.from({ length: 500 }, (_, index) => `line number ${index}\n`).join(""));
});

test("keeps two files unless told", async () => {
  const log = { path: path("two.log"), sizeBytesMax: 2048 };
  const { shim } = await fixture.start({
    args: ["sh", "-c", "yes | head -n 2000"],
    process: { log },
  });
  await shim.wait("init");
  expect(existsSync(`${log.path}.1`)).toBe(true);
  expect(existsSync(`${log.path}.2`)).toBe(false);
});

test("opens the log anew after it was renamed", async () => {
  const log = { path: path("reopened.log") };
  const { shim } = await fixture.start({ args: ["cat"], process: { log, openStdin: true } });
  using attached = await shim.attach("init");
  const reader = attached.output.getReader();
  await attached.write(encode("before\n"));
  await reader.read();
  renameSync(log.path, `${log.path}.old`);
  await shim.reopenLogs();
  await attached.write(encode("after\n"));
  await reader.read();
  expect(textOf(readFileSync(`${log.path}.old`, "utf8"), "stdout")).toBe("before\n");
  expect(textOf(readFileSync(log.path, "utf8"), "stdout")).toBe("after\n");
});

test("lets a process write a raw log by itself, which nobody can attach to", async () => {
  const log = { path: path("raw.log"), format: "raw" } as const;
  const { shim } = await fixture.create({
    args: ["sh", "-c", "echo out; echo err >&2"],
    process: { log },
  });
  await expect(shim.attach("init")).rejects.toMatchObject({ code: "ERR_NOT_ATTACHABLE" });
  await expect(shim.reopenLogs()).rejects.toMatchObject({ code: "ERR_LOG_HELD" });
  using waiting = await shim.attach("init", { output: false });
  await shim.start();
  expect(await collect(waiting.output)).toEqual({ stdout: "", stderr: "" });
  expect(await waiting.exited).toMatchObject({ status: 0 });
  expect(readFileSync(log.path, "utf8")).toBe("out\nerr\n");
});

test("keeps the output of a terminal as it is in a raw log", async () => {
  const log = { path: path("terminal.log"), format: "raw" } as const;
  const { shim } = await fixture.start({
    args: ["echo", "hello"],
    terminal: true,
    process: { log },
  });
  await shim.wait("init");
  expect(readFileSync(log.path, "utf8")).toBe("hello\r\n");
});

test("survives a full log, says so once, and writes on when there is room", async () => {
  const log = { path: path("full.log") };
  const { shim, file } = await fixture.create({
    args: ["cat"],
    process: { log: { path: "/dev/full" }, openStdin: true },
  });
  using attached = await shim.attach("init");
  const reader = attached.output.getReader();
  await shim.start();
  for (const text of ["one\n", "two\n"]) {
    await attached.write(encode(text));
    expect(new TextDecoder().decode((await reader.read()).value?.data)).toBe(text);
  }
  const complaints = file("shim-log.json")
    .split("\n")
    .filter((line) => line.includes("ENOSPC"));
  expect(complaints).toHaveLength(1);
  expect(existsSync(log.path)).toBe(false);
});

test("connects a process to FIFOs, which stay open until it has ended", async () => {
  const [stdin, stdout, stderr] = [makeFifo("in"), makeFifo("out"), makeFifo("err")];
  const { shim } = await fixture.start({
    args: ["sh", "-c", 'while read x; do echo "got $x"; echo "err $x" >&2; done; echo end'],
    process: { containerdStdin: stdin, containerdStdout: stdout, containerdStderr: stderr },
  });
  const [out, err] = await Promise.all([open(stdout, "r"), open(stderr, "r")]);
  // Two writers one after the other: the end of the first is not the end of the input.
  for (const word of ["one", "two"]) writeFileSync(stdin, `${word}\n`);
  await until("both were read", async () => (await shim.state()).status === "running");
  await shim.closeStdin("init");
  expect(await out.readFile("utf8")).toBe("got one\ngot two\nend\n");
  expect(await err.readFile("utf8")).toBe("err one\nerr two\n");
  expect(await shim.wait("init")).toMatchObject({ status: 0 });
  await Promise.all([out.close(), err.close()]);
});

test("a process whose reader has gone gets no SIGPIPE", async () => {
  const stdout = makeFifo("out");
  const { shim } = await fixture.start({
    args: ["sh", "-c", "echo one; read x; echo two; exit 6"],
    process: { containerdStdout: stdout, openStdin: true },
  });
  const first = await open(stdout, constants.O_RDONLY);
  await first.read(new Uint8Array(100));
  await first.close();
  using attached = await shim.attach("init", { output: false });
  await attached.write(encode("\n"));
  expect(await shim.wait("init")).toMatchObject({ status: 6 });
});

test("copies a terminal to FIFOs", async () => {
  const [stdin, stdout] = [makeFifo("in"), makeFifo("out")];
  const { shim } = await fixture.start({
    args: ["sh", "-c", "read x; echo got $x"],
    terminal: true,
    process: { containerdStdin: stdin, containerdStdout: stdout },
  });
  const out = await open(stdout, "r");
  writeFileSync(stdin, "typed\n");
  expect(await out.readFile("utf8")).toBe("typed\r\ngot typed\r\n");
  await shim.wait("init");
  await out.close();
});

test("obeys lines in the FIFO control, and survives what is not one", async () => {
  const { shim, directory, file } = await fixture.create({
    args: ["sh", "-c", "trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done"],
    terminal: true,
  });
  using attached = await shim.attach("init");
  await shim.start();
  const reader = attached.output.getReader();
  let seen = "";
  // A terminal hands on a line and its end one after the other.
  const readUntil = (text: string): Promise<true> =>
    until(text, async () => {
      if (!seen.includes(text)) seen += new TextDecoder().decode((await reader.read()).value?.data);
      return seen.includes(text);
    });
  await readUntil("ready\r\n");
  writeFileSync(join(directory, "init/control"), "nonsense\n9 9 9\n1 132 43\n");
  await readUntil("43 132\r\n");
  expect(seen).toBe("ready\r\n43 132\r\n");
  expect(
    file("shim-log.json")
      .split("\n")
      .filter((line) => line.includes("Cannot obey")),
  ).toHaveLength(2);

  const reading = await fixture.start({ args: ["cat"], process: { openStdin: true } });
  writeFileSync(join(reading.directory, "init/control"), "0 0 0\n");
  expect(await reading.shim.wait("init")).toMatchObject({ status: 0 });
});

test("types the end-of-file character when the input of a terminal is closed", async () => {
  const { shim } = await fixture.start({
    args: ["cat"],
    terminal: true,
    process: { openStdin: true },
  });
  await shim.closeStdin("init");
  expect(await shim.wait("init")).toMatchObject({ status: 0 });
});

test("gives every client all output, and takes input of each", async () => {
  const { shim } = await fixture.create({ args: ["cat"], process: { openStdin: true } });
  using first = await shim.attach("init");
  using second = await shim.attach("init");
  using mute = await shim.attach("init", { stdin: false });
  await shim.start();
  await first.write(encode("from first\n"));
  const reader = mute.output.getReader();
  await reader.read();
  reader.releaseLock();
  await mute.write(encode("never arrives\n"));
  await second.write(encode("from second\n"));
  await second.closeStdin();
  const outputs = await Promise.all([collect(first.output), collect(second.output)]);
  for (const { stdout } of outputs) expect(stdout).toBe("from first\nfrom second\n");
  for (const client of [first, second]) expect(await client.exited).toMatchObject({ status: 0 });
});

test("closes the input when the first who wrote goes, if told so", async () => {
  const { shim } = await fixture.start({
    args: ["cat"],
    process: { openStdin: true, stdinOnce: true },
  });
  const reading = await shim.attach("init");
  reading.detach();
  const writing = await shim.attach("init");
  await writing.write(encode("x"));
  await writing.output.getReader().read();
  expect((await shim.state()).status).toBe("running");
  writing.detach();
  expect(await shim.wait("init")).toMatchObject({ status: 0 });
});

test("whoever attaches too late gets the exit", async () => {
  const { shim } = await fixture.start({ args: ["sh", "-c", "exit 9"] });
  await shim.wait("init");
  using late = await shim.attach("init");
  expect(await collect(late.output)).toEqual({ stdout: "", stderr: "" });
  expect(await late.exited).toMatchObject({ status: 9 });
});

const megabyte = 1024 * 1024;

/** A file of bytes without a pattern, and a mount that shows it in the container. */
async function randomFile(
  megabytes: number,
): Promise<{ hash: string; configure: (config: Config) => Config }> {
  const file = path("random");
  await Bun.write(file, "");
  const hasher = new Bun.CryptoHasher("sha256");
  const handle = await open(file, "w");
  for (let index = 0; index < megabytes; index++) {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    for (let part = 0; part < 16; part++) {
      hasher.update(bytes);
      await handle.write(bytes);
    }
  }
  await handle.close();
  const mount: Mount = {
    destination: "/tmp",
    type: "bind",
    source: fixture.folder,
    options: ["bind", "ro"],
  };
  return {
    hash: hasher.digest("hex"),
    configure: (config) => ({
      ...config,
      mounts: [...(config.mounts ?? []), mount],
      process: {
        args: ["cat", `/tmp/${file.split("/").at(-1)}`],
        cwd: "/",
        env: ["PATH=/bin"],
        user: { uid: 0, gid: 0 },
      },
    }),
  };
}

async function hashOf(
  output: ReadableStream<{ readonly data: Uint8Array }>,
): Promise<{ hash: string; length: number }> {
  const hasher = new Bun.CryptoHasher("sha256");
  let length = 0;
  for await (const { data } of output) {
    hasher.update(data);
    length += data.length;
  }
  return { hash: hasher.digest("hex"), length };
}

test("loses nothing of 50 MB: to a client, and in a log that is written at the same time", async () => {
  const { hash, configure } = await randomFile(50);
  const log = { path: path("large.log") };
  const { shim } = await fixture.create({ args: [], configure, process: { log } });
  using attached = await shim.attach("init", { whenSlow: "wait" });
  await shim.start();
  expect(await hashOf(attached.output)).toEqual({ hash, length: 50 * megabyte });
  await shim.wait("init");

  const hasher = new Bun.CryptoHasher("sha256");
  const bytes = readFileSync(log.path);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    // TIME, stdout and the tag: 40 bytes before the text.
    hasher.update(bytes.subarray(at + 40, end));
    if (bytes[at + 38] === 70) hasher.update("\n");
    at = end + 1;
  }
  expect(hasher.digest("hex")).toBe(hash);
}, 60_000);

test("a client that does not read holds the process back when it wants that, and loses nothing", async () => {
  const { hash, configure } = await randomFile(20);
  const { shim } = await fixture.create({ args: [], configure });
  using slow = await shim.attach("init", { whenSlow: "wait" });
  await shim.start();
  // The process cannot end before somebody reads; two exchanges with the shim give it time to try.
  for (let round = 0; round < 50; round++) expect((await shim.state()).status).toBe("running");
  expect(await hashOf(slow.output)).toEqual({ hash, length: 20 * megabyte });
}, 60_000);

test("a client that does not read is detached otherwise, and holds nobody back", async () => {
  const { hash, configure } = await randomFile(20);
  const { shim } = await fixture.create({ args: [], configure });
  using slow = await shim.attach("init");
  using quick = await shim.attach("init", { whenSlow: "wait" });
  await shim.start();
  expect(await hashOf(quick.output)).toEqual({ hash, length: 20 * megabyte });
  expect(await shim.wait("init")).toMatchObject({ status: 0 });
  const { length } = await hashOf(slow.output);
  expect(length).toBeLessThan(20 * megabyte);
  expect(await slow.exited).toBeUndefined();
}, 60_000);

test("much input arrives whole, however slowly it is read", async () => {
  const { shim } = await fixture.create({
    args: ["sh", "-c", "sleep 0.2; cat"],
    process: { openStdin: true },
  });
  using attached = await shim.attach("init", { whenSlow: "wait" });
  await shim.start();
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const hasher = new Bun.CryptoHasher("sha256");
  const hashed = hashOf(attached.output);
  for (let index = 0; index < 128; index++) {
    hasher.update(bytes);
    await attached.write(bytes);
  }
  await attached.closeStdin();
  expect(await hashed).toEqual({ hash: hasher.digest("hex"), length: 8 * megabyte });
}, 60_000);

test("holds an exit back while others hold the output open, but not longer than told", async () => {
  const { shim } = await fixture.start({ args: ["sleep", "1000"] });
  const script = "(sleep 1000 &) ; echo done";
  using attached = await shim.execAttached({
    processId: "detaching",
    process: { args: ["sh", "-c", script], cwd: "/", env: ["PATH=/bin"], user: { uid: 0, gid: 0 } },
    drainTimeoutMs: 300,
  });
  expect(await collect(attached.output)).toEqual({ stdout: "done\n", stderr: "" });
  const exit = await attached.exited;
  const toldAfterMs = Date.now() - Date.parse(exit?.exitedAt ?? "");
  expect(exit).toMatchObject({ status: 0 });
  expect(toldAfterMs).toBeGreaterThan(250);
  expect((await shim.pids()).length).toBe(2);
});

test("refuses what makes no sense, and leaves nothing", async () => {
  const wrong = [
    [{ log: { path: "relative.log" } }, "/log/path"],
    [{ log: { path: "/tmp/x", format: "xml" } }, "/log/format"],
    [{ log: { path: "/tmp/x", format: "raw", sizeBytesMax: 5 } }, "/log/sizeBytesMax"],
    [{ openStdin: true, containerdStdin: "/dev/null" }, "/openStdin"],
    [{ drainTimeoutMs: -1 }, "/drainTimeoutMs"],
  ] as const;
  for (const [process, pointer] of wrong) {
    const options = await fixture.options({ args: ["true"] });
    // As somebody writes it who has no types.
    const written: InitDocument = JSON.parse(JSON.stringify(process));
    const outcome = startShim({ ...options, process: { ...options.process, ...written } });
    await expect(outcome).rejects.toMatchObject({ code: "ERR_INVALID_PROCESS", pointer });
    expect(existsSync(options.directory)).toBe(false);
  }
});
