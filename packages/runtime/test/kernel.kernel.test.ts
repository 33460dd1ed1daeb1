/**
 * The door to the kernel, and what stands right behind it: files, sockets, waiting.
 *
 * @module
 */

import { ptr } from "bun:ffi";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { FaultingKernel } from "../src/kernel/faulting.ts";
import { FileDescriptor } from "../src/kernel/fd.ts";
import {
  exists,
  listDirectory,
  makeDirectories,
  makeDirectory,
  makeFifo,
  open,
  readAll,
  readText,
  readTextIfExists,
  remove,
  removeDirectory,
  writeAll,
  writeAtomically,
  writeValue,
} from "../src/kernel/file.ts";
import { type Kernel, type LaunchedProcess, SystemCallError } from "../src/kernel/kernel.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { waitReadable } from "../src/kernel/poll.ts";
import { isProcessAlive, readProcessStat } from "../src/kernel/process-stat.ts";
import {
  connectUnixSocket,
  receiveDescriptor,
  sendDescriptor,
  socketPair,
} from "../src/kernel/unix-socket.ts";
import { reap } from "../src/kernel/wait.ts";
import { constant, value } from "../src/machine/constants.ts";
import { assemble } from "../src/program/assemble.ts";
import type { Step } from "../src/program/step.ts";
import { call } from "./run-program.ts";

const kernel = linuxKernel();
const AT_FDCWD = value("AT_FDCWD");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ctr-test-kernel-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A name in the folder that nothing has yet. */
let names = 0;
const fresh = (name = "file"): string => join(folder, `${name}-${names++}`);

function thrown(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("call()", () => {
  test("returns results, also above 32 bits", () => {
    using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);

    expect(kernel.call("getpid")).toBe(process.pid);
    expect(kernel.call("lseek", file.number, 2 ** 40 + 1, 0)).toBe(2 ** 40 + 1);
    expect(kernel.call("lseek", file.number, 2n ** 40n, 1)).toBe(2 ** 41 + 1);
    expect(kernel.call("lseek", file.number, -1, 1)).toBe(2 ** 41);
    const page = kernel.call(
      "mmap",
      null,
      4096,
      value("PROT_READ"),
      value("MAP_PRIVATE", "MAP_ANONYMOUS"),
      -1,
      0,
    );
    expect(page).toBeGreaterThan(2 ** 32);
    expect(kernel.call("munmap", page, 4096)).toBe(0);
  });

  test("throws the errno with the call's name", () => {
    const error = thrown(() => kernel.call("openat", AT_FDCWD, "/does/not/exist", 0, 0));

    expect(error).toBeInstanceOf(SystemCallError);
    expect(error).toMatchObject({
      name: "SystemCallError",
      syscall: "openat",
      errno: "ENOENT",
      message: "openat: ENOENT",
    });
    expect(thrown(() => kernel.call("close", -1))).toMatchObject({ errno: "EBADF" });
    expect(thrown(() => kernel.call("kill", 2 ** 30, 0))).toMatchObject({ errno: "ESRCH" });
  });

  test("refuses a text with a NUL, which would be cut", () => {
    const path = fresh();

    const error = thrown(() => kernel.call("mkdirat", AT_FDCWD, `${path}\0more`, 0o700));

    expect(error).toMatchObject({ syscall: "mkdirat", errno: "EINVAL" });
    expect(existsSync(path)).toBe(false);
  });

  test("passes several texts, short, long and of any letters", () => {
    const directory = fresh("folder");
    kernel.call("mkdirat", AT_FDCWD, directory, 0o700);
    const link = join(directory, "lïnk 🔗");
    const long = `/${"x".repeat(4000)}`;

    kernel.call("symlinkat", long, AT_FDCWD, link);

    const bytes = new Uint8Array(5000);
    const length = kernel.call("readlinkat", AT_FDCWD, link, bytes, bytes.length);
    expect(new TextDecoder().decode(bytes.subarray(0, length))).toBe(long);
    expect(readdirSync(directory)).toEqual(["lïnk 🔗"]);
  });

  test("passes texts that are longer than its own memory for them", () => {
    // 16 KiB; three bytes are set aside for each letter.
    for (const length of [5460, 5461, 16_383, 16_384, 1_000_000]) {
      using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);
      const text = "ä".repeat(length);
      kernel.call("write", file.number, text, length * 2);
      kernel.call("lseek", file.number, 0, 0);
      expect(new TextDecoder().decode(readAll(kernel, file.number))).toBe(text);
    }
    const name = "x".repeat(20_000);
    expect(thrown(() => kernel.call("renameat2", AT_FDCWD, name, AT_FDCWD, name, 0))).toMatchObject(
      {
        errno: "ENAMETOOLONG",
      },
    );
  });

  test("keeps texts and memory alive under a busy garbage collector", () => {
    using file = open(kernel, fresh(), ["O_RDWR", "O_CREAT"], 0o600);
    for (let index = 0; index < 200; index++) {
      const letter = String.fromCharCode(97 + (index % 26));
      if (index % 10 === 0) Bun.gc(true);
      kernel.call("pwrite64", file.number, letter.repeat(20_000), 20_000, 0);
      kernel.call("pwrite64", file.number, new TextEncoder().encode(letter.repeat(50)), 50, 20_000);
      const read = new Uint8Array(20_050);
      kernel.call("pread64", file.number, read, read.length, 0);
      expect(read.every((byte) => byte === 97 + (index % 26))).toBe(true);
    }
  });

  test("passes null and empty memory as null, and six arguments", () => {
    const [read, write] = pipe();
    using reader = read;
    using writer = write;
    const [read2, write2] = pipe();
    using reader2 = read2;
    using writer2 = write2;
    kernel.call("write", writer.number, "spliced", 7);

    expect(kernel.call("splice", reader.number, null, writer2.number, new Uint8Array(), 7, 0)).toBe(
      7,
    );

    const bytes = new Uint8Array(6);
    expect(kernel.call("read", reader2.number, bytes, bytes.length)).toBe(6);
    expect(new TextDecoder().decode(bytes)).toBe("splice");
    expect(thrown(() => kernel.call("read", reader2.number, null, 1))).toMatchObject({
      errno: "EFAULT",
    });
  });
});

function pipe(): [FileDescriptor, FileDescriptor] {
  const ends = new Int32Array(2);
  kernel.call("pipe2", ends, value("O_CLOEXEC"));
  return [new FileDescriptor(kernel, ends[0] ?? -1), new FileDescriptor(kernel, ends[1] ?? -1)];
}

describe("files", () => {
  test("are read to their end, whatever their size", () => {
    for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
      const path = fresh();
      writeFileSync(path, "x".repeat(size));
      expect(readText(kernel, path)).toBe("x".repeat(size));
    }
    expect(readText(kernel, "/proc/self/stat")).toStartWith(`${process.pid} (`);
  });

  test("that are too large are refused", () => {
    const path = fresh();
    writeFileSync(path, "x".repeat(5000));
    using file = open(kernel, path, ["O_RDONLY"]);

    expect(() => readAll(kernel, file.number, 4999)).toThrow(RangeError);
    kernel.call("lseek", file.number, 0, 0);
    expect(readAll(kernel, file.number, 5000)).toHaveLength(5000);
  });

  test("that are missing are undefined where they may be missing", () => {
    expect(readTextIfExists(kernel, fresh())).toBeUndefined();
    expect(readTextIfExists(kernel, join("/etc/passwd", "below"))).toBeUndefined();
    expect(thrown(() => readText(kernel, fresh()))).toMatchObject({ errno: "ENOENT" });
    expect(thrown(() => readTextIfExists(kernel, folder))).toMatchObject({ errno: "EISDIR" });
    expect(exists(kernel, folder)).toBe(true);
    expect(exists(kernel, fresh())).toBe(false);
    expect(exists(kernel, "/etc/passwd/below")).toBe(false);
  });

  test("are opened close-on-exec, with a mode, below a directory", () => {
    using directory = open(kernel, folder, ["O_PATH", "O_DIRECTORY"]);
    const name = `below-${names++}`;
    using file = open(kernel, name, ["O_WRONLY", "O_CREAT", "O_EXCL"], 0o640, directory.number);

    expect(kernel.call("fcntl", file.number, 1)).toBe(value("FD_CLOEXEC"));
    expect(statSync(join(folder, name)).mode & 0o7777).toBe(0o640 & ~process.umask());
    expect(
      thrown(() => open(kernel, name, ["O_WRONLY", "O_CREAT", "O_EXCL"], 0o640, directory.number)),
    ).toMatchObject({ errno: "EEXIST" });
  });

  test("take a value in one write, and are not made for it", () => {
    const path = fresh();
    expect(thrown(() => writeValue(kernel, path, "1"))).toMatchObject({ errno: "ENOENT" });
    writeFileSync(path, "before");
    writeValue(kernel, path, "ä");
    expect(readFileSync(path, "utf8")).toBe("äfore");
  });

  test("are written atomically: the old content or the new, whichever call fails", () => {
    const path = fresh();
    writeAtomically(kernel, path, "old", 0o640);
    expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
    const counter = new FaultingKernel(kernel, 0);
    writeAtomically(counter, path, "old");

    for (let failAt = 1; failAt <= counter.count; failAt++) {
      const before = openDescriptors();
      const error = thrown(() => writeAtomically(new FaultingKernel(kernel, failAt), path, "new"));
      expect(error).toMatchObject({ errno: "EIO" });
      expect(readFileSync(path, "utf8")).toBe("old");
      expect(existsSync(`${path}.tmp`)).toBe(false);
      expect(openedSince(before)).toEqual([]);
    }
    expect(counter.count).toBeGreaterThanOrEqual(3);
    writeAtomically(kernel, path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("of a directory that is removed while it is read are none", () => {
    const directory = fresh("vanishing");
    mkdirSync(directory);
    const removing: Kernel = {
      call: (name, ...args) => {
        if (name === "getdents64") removeDirectory(kernel, directory);
        return kernel.call(name, ...args);
      },
      launch: (request) => kernel.launch(request),
    };
    expect(listDirectory(removing, directory)).toEqual([]);
  });

  test("and directories are removed, also when they are not there", () => {
    const [file, directory] = [fresh(), fresh("folder")];
    writeFileSync(file, "");
    mkdirSync(directory);

    for (let times = 0; times < 2; times++) {
      remove(kernel, file);
      removeDirectory(kernel, directory);
    }

    expect([existsSync(file), existsSync(directory)]).toEqual([false, false]);
    const full = join(folder, "full");
    makeDirectory(kernel, full, 0o700);
    makeFifo(kernel, join(full, "fifo"), 0o600);
    expect(thrown(() => removeDirectory(kernel, full))).toMatchObject({ errno: "ENOTEMPTY" });
    expect(thrown(() => remove(kernel, folder))).toMatchObject({ errno: "EISDIR" });
  });

  test("may be FIFOs", () => {
    const path = fresh("fifo");

    makeFifo(kernel, path, 0o600);

    expect(statSync(path).isFIFO()).toBe(true);
    expect(thrown(() => makeFifo(kernel, path, 0o600))).toMatchObject({ errno: "EEXIST" });
  });
});

describe("directories", () => {
  test("are made, with those above them", () => {
    const path = join(fresh("folder"), "a/b/c");

    makeDirectories(kernel, path, 0o700);
    makeDirectories(kernel, path, 0o700);

    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(makeDirectory(kernel, path, 0o700)).toBe(false);
    expect(makeDirectory(kernel, join(path, "d"), 0o700)).toBe(true);
    expect(thrown(() => makeDirectories(kernel, "/proc/none/a/b", 0o700))).toBeInstanceOf(
      SystemCallError,
    );
    expect(thrown(() => makeDirectories(kernel, "/etc/passwd/a/b", 0o700))).toMatchObject({
      errno: "ENOTDIR",
    });
  });

  test("are listed whole, with what is a directory, however many and whatever their names", () => {
    const path = fresh("folder");
    mkdirSync(path);
    const names = ["a\nb", " ", "ä€😀", ".hidden", "...", "x".repeat(255), "-f", "*"];
    for (const name of names) writeFileSync(join(path, name), "");
    // More than fits in one getdents64(2).
    const many = Array.from({ length: 3000 }, (_, index) => `file with a name ${index}`);
    for (const name of many) writeFileSync(join(path, name), "");
    mkdirSync(join(path, "directory"));

    const entries = listDirectory(kernel, path);

    expect(entries.map(({ name }) => name).toSorted()).toEqual(
      [...names, ...many, "directory"].toSorted(),
    );
    expect(entries.filter(({ isDirectory }) => isDirectory)).toEqual([
      { name: "directory", isDirectory: true },
    ]);
    expect(listDirectory(kernel, fresh())).toEqual([]);
    expect(thrown(() => listDirectory(kernel, "/etc/passwd"))).toMatchObject({ errno: "ENOTDIR" });
  });
});

describe("unix sockets", () => {
  const servers: Server[] = [];

  afterAll(() => {
    for (const server of servers) server.close();
  });

  function listen(path: string): Promise<Server> {
    const { promise, resolve, reject } = Promise.withResolvers<Server>();
    const server = createServer((socket) => socket.destroy());
    server.on("error", reject).listen(path, () => resolve(server));
    servers.push(server);
    return promise;
  }

  test.each([
    ["short", "s"],
    ["of 100 letters", "s".repeat(50)],
    ["long by its directory", `${"d".repeat(200)}/s`],
  ])("are connected to by a path that is %s", async (_, name) => {
    const path = join(fresh("sockets"), name);
    mkdirSync(join(path, ".."), { recursive: true });
    // A server binds no long path, so it moves there.
    const bound = join(folder, `b${names++}`);
    await listen(bound);
    kernel.call("renameat2", AT_FDCWD, bound, AT_FDCWD, path, 0);
    const before = openDescriptors();
    {
      using socket = connectUnixSocket(kernel, path);
      expect(kernel.call("fcntl", socket.number, 1)).toBe(value("FD_CLOEXEC"));
    }
    expect(openedSince(before)).toEqual([]);
    kernel.call("renameat2", AT_FDCWD, path, AT_FDCWD, bound, 0);
  });

  test("are connected to by a name longer than an address", async () => {
    const bound = join(folder, `b${names++}`);
    await listen(bound);
    const path = join(folder, "n".repeat(255));
    kernel.call("renameat2", AT_FDCWD, bound, AT_FDCWD, path, 0);

    using socket = connectUnixSocket(kernel, path);

    expect(socket.number).toBeGreaterThan(2);
    kernel.call("renameat2", AT_FDCWD, path, AT_FDCWD, bound, 0);
  });

  test("that nobody listens on are an error, and nothing stays", () => {
    const before = openDescriptors();

    for (const path of [
      fresh(),
      `${folder}/${"d".repeat(200)}`,
      join(folder, "d".repeat(120), "s"),
    ]) {
      expect(thrown(() => connectUnixSocket(kernel, path))).toMatchObject({ errno: "ENOENT" });
    }
    const file = fresh("f".repeat(150));
    writeFileSync(file, "");
    expect(thrown(() => connectUnixSocket(kernel, file))).toMatchObject({ errno: "ECONNREFUSED" });

    expect(openedSince(before)).toEqual([]);
  });

  test("carry a descriptor, close-on-exec, under a busy garbage collector", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    const path = fresh();
    writeFileSync(path, "sent");
    const before = openDescriptors();

    for (let index = 0; index < 100; index++) {
      using file = open(kernel, path, ["O_RDONLY"]);
      if (index % 10 === 0) Bun.gc(true);
      sendDescriptor(kernel, near.number, file.number, `text ${index} ${"x".repeat(index * 10)}`);
      using received = receiveDescriptor(kernel, far.number);
      if (received === undefined) throw new Error("Nothing was received");
      expect(received.number).not.toBe(file.number);
      expect(kernel.call("fcntl", received.number, 1)).toBe(value("FD_CLOEXEC"));
      expect(new TextDecoder().decode(readAll(kernel, received.number))).toBe("sent");
    }

    expect(openedSince(before)).toEqual([]);
  });

  test("give undefined when the other end closes or sends no descriptor", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    kernel.call("write", near.number, "only text", 9);

    expect(receiveDescriptor(kernel, far.number)).toBeUndefined();
    near[Symbol.dispose]();
    expect(receiveDescriptor(kernel, far.number)).toBeUndefined();
  });

  /** Sends descriptors as our own sender never does: several in one message. */
  function sendDescriptors(socket: number, descriptors: readonly number[]): void {
    const control = new DataView(new ArrayBuffer(16 + descriptors.length * 4));
    control.setBigUint64(0, BigInt(control.byteLength), true);
    control.setUint32(8, value("SOL_SOCKET"), true);
    control.setUint32(12, value("SCM_RIGHTS"), true);
    for (const [index, number] of descriptors.entries()) {
      control.setInt32(16 + index * 4, number, true);
    }
    const text = new Uint8Array(new ArrayBuffer(1));
    const vector = new BigUint64Array([BigInt(ptr(text)), 1n]);
    const header = new BigUint64Array([
      ...[0n, 0n, BigInt(ptr(vector)), 1n],
      ...[BigInt(ptr(control)), BigInt(control.byteLength), 0n],
    ]);
    kernel.call("sendmsg", socket, header, 0);
    expect([text.length, vector.length, control.byteLength]).not.toContain(0);
  }

  test.each([2, 5])("give the first of %d descriptors, and leave none open", (count) => {
    const [a, b] = socketPair(kernel);
    using near = a;
    using far = b;
    const before = openDescriptors();
    sendDescriptors(near.number, Array(count).fill(near.number));

    const received = receiveDescriptor(kernel, far.number);

    expect(received).toBeDefined();
    received?.[Symbol.dispose]();
    expect(openedSince(before)).toEqual([]);
  });

  test("whose other end is gone are an error when a descriptor is sent", () => {
    const [a, b] = socketPair(kernel);
    using near = a;
    b[Symbol.dispose]();

    expect(thrown(() => sendDescriptor(kernel, near.number, 0, "x"))).toMatchObject({
      errno: "EPIPE",
    });
  });
});

describe("processes", () => {
  let gate: FileDescriptor;
  let launched: LaunchedProcess | undefined;

  /** Launches a program that does these steps once its gate is opened. */
  function launch(first: readonly Step[], ...then: readonly Step[]): LaunchedProcess {
    const [reader, writer] = pipe();
    using theirs = reader;
    gate = writer;
    const image = assemble({
      preserveFds: 0,
      descriptors: ["report", "gate"],
      steps: [
        ...first,
        { tell: "ready" },
        call("read", [{ descriptor: "gate" }, { buffer: "byte", size: 8 }, 1]),
        ...then,
      ],
    });
    const [report, reportWriter] = pipe();
    using told = report;
    {
      using far = reportWriter;
      launched = kernel.launch({
        image,
        name: "test",
        descriptors: [0, 1, 2, far.number, theirs.number],
        namespaces: 0n,
      });
    }
    expect(waitReadable(kernel, told.number, 10_000)).toBe(true);
    expect(kernel.call("read", told.number, new Uint8Array(8), 8)).toBe(8);
    return launched;
  }

  const kill = (signal: number): Step[] => [
    call("getpid", [], { save: "pid" }),
    call("kill", [{ slot: "pid" }, signal]),
  ];

  beforeEach(() => {
    launched = undefined;
  });

  test.each([0, 1, 42, 255])("that exit with %d are reaped", (exit) => {
    const { pidfd } = launch([], { exit });
    using _pidfd = new FileDescriptor(kernel, pidfd);

    expect(reap(kernel, pidfd, "poll")).toBeUndefined();
    gate[Symbol.dispose]();

    expect(reap(kernel, pidfd, "block")).toEqual({ status: exit, code: exit });
    expect(thrown(() => reap(kernel, pidfd, "block"))).toMatchObject({ errno: "ECHILD" });
    expect(thrown(() => reap(kernel, pidfd, "poll"))).toMatchObject({ errno: "ECHILD" });
  });

  test.each([
    [9, "SIGKILL"],
    [15, "SIGTERM"],
    [11, "SIGSEGV"], // may dump core, which is another code of siginfo
    [34, "SIGRTMIN+0"],
    [64, "SIGRTMIN+30"],
  ] as const)("that signal %d ends are reaped with its name", (signal, name) => {
    const { pidfd } = launch(
      [call("prlimit64", [0, 4, { struct: [{ u64: 0 }, { u64: 0 }] }, 0])],
      ...kill(signal),
    );
    using _pidfd = new FileDescriptor(kernel, pidfd);

    gate[Symbol.dispose]();

    expect(reap(kernel, pidfd, "block")).toEqual({ status: 128 + signal, signal: name });
  });

  test("are waited for while other children end and signals arrive", () => {
    const ignore = (): void => undefined;
    process.on("SIGCHLD", ignore);
    try {
      for (let round = 0; round < 20; round++) {
        const other = launch([], { exit: 0 });
        const otherGate = gate;
        // The other ends some time after the wait has begun.
        const { pidfd } = launch([], ...Array.from({ length: 2000 }, () => call("getpid", [])), {
          exit: 7,
        });
        otherGate[Symbol.dispose]();
        gate[Symbol.dispose]();
        using _pidfd = new FileDescriptor(kernel, pidfd);
        using _other = new FileDescriptor(kernel, other.pidfd);
        expect(reap(kernel, pidfd, "block")).toEqual({ status: 7, code: 7 });
        expect(reap(kernel, other.pidfd, "block")).toEqual({ status: 0, code: 0 });
      }
    } finally {
      process.off("SIGCHLD", ignore);
    }
  });

  test.each([
    "plain",
    "a b",
    ") R 1 1",
    "(((",
    "))) Z",
    "\n",
    "x\ny (z) S",
    "ä€",
    "\\n",
    "",
    "123 (1) Z 9",
  ])("with the name %j have a parent, a start time and a state", (name) => {
    const { pid, pidfd } = launch([call("prctl", [constant("PR_SET_NAME"), { text: name }])], {
      exit: 0,
    });
    using _pidfd = new FileDescriptor(kernel, pidfd);

    const stat = readProcessStat(kernel, pid);
    expect(stat).toEqual({
      parent: process.pid,
      startTime: expect.any(Number),
      state: expect.stringMatching(/^[SR]$/),
    });
    const startTime = stat?.startTime ?? 0;
    const own = readProcessStat(kernel, process.pid);
    expect(startTime).toBeGreaterThanOrEqual(own?.startTime ?? Number.POSITIVE_INFINITY);
    expect(isProcessAlive(kernel, pid, startTime)).toBe(true);
    expect(isProcessAlive(kernel, pid, startTime + 1)).toBe(false);

    gate[Symbol.dispose]();
    expect(waitReadable(kernel, pidfd, 10_000)).toBe(true);
    expect(readProcessStat(kernel, pid)?.state).toBe("Z");
    expect(isProcessAlive(kernel, pid, startTime)).toBe(false);

    reap(kernel, pidfd, "block");
    expect(readProcessStat(kernel, pid)).toBeUndefined();
    expect(isProcessAlive(kernel, pid, startTime)).toBe(false);
  });
});

describe("waitReadable()", () => {
  test("tells whether there is something to read, or the other end is gone, in time", () => {
    const [read, write] = pipe();
    using reader = read;
    using writer = write;

    expect(waitReadable(kernel, reader.number, 0)).toBe(false);
    const started = performance.now();
    expect(waitReadable(kernel, reader.number, 30)).toBe(false);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    kernel.call("write", writer.number, "x", 1);
    expect(waitReadable(kernel, reader.number, 5000)).toBe(true);
    kernel.call("read", reader.number, new Uint8Array(1), 1);
    writer[Symbol.dispose]();
    expect(waitReadable(kernel, reader.number, 1500)).toBe(true);
  });
});

test("writeAll() writes what one write(2) does not take", () => {
  const path = fresh();
  using file = open(kernel, path, ["O_WRONLY", "O_CREAT"], 0o600);
  const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);

  writeAll(kernel, file.number, bytes);

  expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
});
