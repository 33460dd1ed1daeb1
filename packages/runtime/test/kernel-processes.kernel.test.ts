/** How processes are reaped and looked at, and how a descriptor is waited for. */

import { beforeEach, describe, expect, test } from "bun:test";
import { FileDescriptor } from "../src/kernel/fd.ts";
import type { LaunchedProcess } from "../src/kernel/kernel.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { waitReadable } from "../src/kernel/poll.ts";
import { isProcessAlive, readProcessStat } from "../src/kernel/process-stat.ts";
import { reap } from "../src/kernel/wait.ts";
import { constant } from "../src/machine/constants.ts";
import { assemble } from "../src/program/assemble.ts";
import type { Step } from "../src/program/step.ts";
import { pipe, thrown } from "./kernel-fixture.ts";
import { call } from "./run-program.ts";

const kernel = linuxKernel();

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
