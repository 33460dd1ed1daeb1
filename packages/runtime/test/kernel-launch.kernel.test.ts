/**
 * Processes are launched: their descriptors, signals, namespaces and ids, and what stays behind when it fails.
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { isAlive } from "tools/is-alive";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { until } from "tools/until";
import { FaultingKernel } from "../src/kernel/faulting.ts";
import { FileDescriptor } from "../src/kernel/fd.ts";
import { open, readAll } from "../src/kernel/file.ts";
import {
  type Kernel,
  type KernelArg,
  type LaunchedProcess,
  type LaunchRequest,
  SystemCallError,
} from "../src/kernel/kernel.ts";
import { Launcher } from "../src/kernel/launcher.ts";
import { linuxKernel } from "../src/kernel/linux.ts";
import { waitReadable } from "../src/kernel/poll.ts";
import { type ExitStatus, reap } from "../src/kernel/wait.ts";
import { type ConstantName, constant, value } from "../src/machine/constants.ts";
import type { SyscallName } from "../src/machine/syscalls.ts";
import { assemble } from "../src/program/assemble.ts";
import { decodeMessages } from "../src/program/report.ts";
import type { Program, Step } from "../src/program/step.ts";
import { pipe, thrown } from "./kernel-fixture.ts";
import { call } from "./run-program.ts";

const kernel = linuxKernel();
const deadlineMs = 20_000;

/** Waits for a launched process to end, and closes its pidfd. */
function ended(launched: LaunchedProcess): ExitStatus | undefined {
  using pidfd = new FileDescriptor(kernel, launched.pidfd);
  if (!waitReadable(kernel, pidfd.number, deadlineMs)) {
    kernel.call("pidfd_send_signal", pidfd.number, value("SIGKILL"), null, 0);
    reap(kernel, pidfd.number, "block");
    throw new Error(`The process has not ended after ${deadlineMs} ms`);
  }
  return reap(kernel, pidfd.number, "block");
}

const nothing: Program = { preserveFds: 0, descriptors: ["report"], steps: [] };
const nothingImage = assemble(nothing);
const nullDevice = open(kernel, "/dev/null", ["O_RDWR"]);
const plain = (): LaunchRequest => ({
  image: nothingImage,
  name: "test",
  descriptors: [0, 1, 2, nullDevice.number],
  namespaces: 0n,
});

/** A program that becomes a shell; its report is closed then. */
function shell(script: string): Uint8Array {
  return assemble({
    ...nothing,
    steps: [
      call("fcntl", [{ descriptor: "report" }, constant("F_SETFD"), constant("FD_CLOEXEC")]),
      call("execve", [
        { text: "/bin/sh" },
        { texts: ["sh", "-c", script] },
        { texts: ["PATH=/bin:/usr/bin:/usr/sbin"] },
      ]),
    ],
  });
}

/** Launches a shell and returns what it printed. */
function printed(script: string, request: Partial<LaunchRequest> = {}): string {
  const [reader, writer] = pipe();
  using out = reader;
  let status: ExitStatus | undefined;
  {
    using theirs = writer;
    const stdio = [nullDevice.number, theirs.number, 2, nullDevice.number];
    status = ended(
      kernel.launch({ ...plain(), image: shell(script), descriptors: stdio, ...request }),
    );
  }
  const text = new TextDecoder().decode(readAll(kernel, out.number));
  if (status?.status !== 0)
    throw new Error(`${script} ended with ${JSON.stringify(status)}: ${text}`);
  return text.trimEnd();
}

function children(): string[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return pids.split(" ").filter(Boolean);
}

/** What there is to leave behind. Other tests' descriptors and children may go at any time. */
interface Inventory {
  readonly descriptors: readonly string[];
  readonly children: readonly string[];
}

function inventory(): Inventory {
  return { descriptors: openDescriptors(), children: children() };
}

function leftSince(before: Inventory): Inventory {
  return {
    descriptors: openedSince(before.descriptors),
    children: children().filter((pid) => !before.children.includes(pid)),
  };
}

const none: Inventory = { descriptors: [], children: [] };

/** Expects that a piece of work leaves neither a descriptor nor a process. */
function leavesNothing(work: () => void): void {
  work(); // What is made once stays.
  const before = inventory();
  work();
  expect(leftSince(before)).toEqual(none);
}

/** Names of the signals in a mask of /proc/PID/status. */
function signalsIn(status: string, field: string): number[] {
  const mask = BigInt(`0x${new RegExp(`^${field}:\\s*(\\w+)$`, "m").exec(status)?.[1]}`);
  return Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (number) => (mask >> BigInt(number - 1)) & 1n,
  );
}

const flags = (...names: ConstantName[]): bigint => BigInt(value(...names));

describe("descriptors", () => {
  const files: FileDescriptor[] = [];

  beforeAll(() => {
    for (let index = 0; index < 24; index++) {
      const file = new FileDescriptor(
        kernel,
        kernel.call("memfd_create", `file ${index}`, value("MFD_CLOEXEC")),
      );
      kernel.call("write", file.number, new Uint8Array([index]), 1);
      files.push(file);
    }
  });

  afterAll(() => {
    for (const file of files) file[Symbol.dispose]();
  });

  /** Launches a program that tells what is in its descriptors, and which of those above them are open. */
  function seen(sources: readonly number[]): { files: number[]; others: number[] } {
    const preserveFds = sources.length;
    const steps = sources.flatMap((_, index): Step[] => [
      call("pread64", [3 + index, { buffer: `b${index}`, size: 8 }, 1, 0]),
      { tell: "pid", value: { load: `b${index}`, size: 8, offset: 0 } },
    ]);
    const above = 4 + preserveFds;
    const look = Array.from({ length: 100 }, (_, index): Step[] => [
      call("fcntl", [above + index, constant("F_GETFL")], { on: { EBADF: `closed ${index}` } }),
      { tell: "ready", value: above + index },
      { label: `closed ${index}` },
    ]);
    const image = assemble({
      preserveFds,
      descriptors: ["report"],
      steps: [...steps, ...look.flat()],
    });
    const [reader, writer] = pipe();
    using report = reader;
    {
      using theirs = writer;
      const all = [0, 1, 2, ...sources, theirs.number];
      expect(ended(kernel.launch({ ...plain(), image, descriptors: all }))).toEqual({
        status: 0,
        code: 0,
      });
    }
    const messages = decodeMessages(readAll(kernel, report.number));
    const told = (name: string): number[] =>
      messages.flatMap((message) =>
        "note" in message && message.note === name ? [message.value] : [],
      );
    return { files: told("pid"), others: told("ready") };
  }

  test("come to their places in any order, and no others come along", () => {
    const picks = fc.array(fc.nat(23), { maxLength: 90 });
    fc.assert(
      fc.property(picks, (indexes) => {
        const sources = indexes.map((index) => files[index]?.number ?? -1);

        expect(seen(sources)).toEqual({ files: indexes, others: [] });
      }),
      { numRuns: 60 },
    );
  });

  test("may be swapped, turned round and stay in place", () => {
    const lowest = Math.min(...files.map(({ number }) => number));
    // Enough of them that every source lies among the places.
    const indexes = Array.from({ length: lowest + 30 }, (_, place) => {
      const own = place + 3 - lowest;
      if (place % 3 === 0 && own >= 0 && own < 24) return own;
      return 23 - (place % 24);
    });

    const sources = indexes.map((index) => files[index]?.number ?? -1);

    expect(seen(sources)).toEqual({ files: indexes, others: [] });
  });

  test("may be hundreds", () => {
    const indexes = Array.from({ length: 500 }, (_, place) => place % 24);

    expect(seen(indexes.map((index) => files[index]?.number ?? -1)).files).toEqual(indexes);
  });

  test("stay close-on-exec here", () => {
    seen(files.map(({ number }) => number));

    expect(files.map(({ number }) => kernel.call("fcntl", number, 1))).toEqual(files.map(() => 1));
  });

  test("that are not open are an error, and nothing stays", () => {
    for (const bad of [1, 50, 5000]) {
      const request = { ...plain(), descriptors: [0, 1, 2, nullDevice.number, 900_000 + bad] };
      leavesNothing(() => {
        const error = thrown(() => kernel.launch(request));
        expect(error).toBeInstanceOf(SystemCallError);
        expect(error).toMatchObject({ syscall: "dup3", errno: "EBADF" });
      });
    }
  });
});

describe("signals", () => {
  test("are as if nothing had been set", () => {
    const own = readFileSync("/proc/self/status", "utf8");
    // The mask of this thread does not go along either.
    const mask = new BigUint64Array([1n << 9n]);
    const before = new BigUint64Array(1);
    kernel.call("rt_sigprocmask", value("SIG_BLOCK"), mask, before, 8);

    let status: string;
    try {
      status = printed("cat /proc/self/status");
    } finally {
      kernel.call("rt_sigprocmask", value("SIG_SETMASK"), before, null, 8);
    }

    expect(signalsIn(own, "SigIgn")).toContain(13);
    expect(signalsIn(status, "SigBlk")).toEqual([]);
    expect(signalsIn(status, "SigCgt")).toEqual([]);
    // What whoever started us ignores (nohup, a shell's background job) stays ignored.
    expect(signalsIn(status, "SigIgn")).toEqual(
      signalsIn(own, "SigIgn").filter((number) => number !== 13 && number !== 25),
    );
  });

  test("of this thread are not blocked afterwards", () => {
    const blocked = (): number[] =>
      signalsIn(readFileSync("/proc/thread-self/status", "utf8"), "SigBlk");
    const before = blocked();

    ended(kernel.launch(plain()));
    thrown(() => kernel.launch({ ...plain(), image: new Uint8Array(10) }));

    expect(blocked()).toEqual(before);
  });

  test("that arrive during a launch do not harm it", async () => {
    let arrived = 0;
    const count = (): void => {
      arrived++;
    };
    process.on("SIGCHLD", count);
    process.on("SIGUSR2", count);
    try {
      for (let index = 0; index < 100; index++) {
        const launched = kernel.launch({
          ...plain(),
          ...(index % 2 === 0 ? {} : userNamespace()),
        });
        kernel.call("kill", process.pid, 12);
        expect(ended(launched)).toEqual({ status: 0, code: 0 });
      }
      await until("the signals arrive", () => arrived > 100, deadlineMs);
    } finally {
      process.off("SIGCHLD", count);
      process.off("SIGUSR2", count);
    }
  });
});

function userNamespace(
  write: (pid: number) => void = writeMappings,
): Pick<LaunchRequest, "namespaces" | "writeIdMappings"> {
  return { namespaces: flags("CLONE_NEWUSER"), writeIdMappings: write };
}

function writeMappings(pid: number): void {
  writeFileSync(`/proc/${pid}/uid_map`, "0 100000 1000\n");
  writeFileSync(`/proc/${pid}/gid_map`, "0 200000 1000\n");
}

describe("namespaces", () => {
  const kinds = {
    uts: "CLONE_NEWUTS",
    ipc: "CLONE_NEWIPC",
    net: "CLONE_NEWNET",
    mnt: "CLONE_NEWNS",
    cgroup: "CLONE_NEWCGROUP",
    pid: "CLONE_NEWPID",
    time: "CLONE_NEWTIME",
  } as const;
  const script = `cd /proc/self/ns; for name in ${Object.keys(kinds).join(" ")} user; do readlink $name; done`;

  function links(request: Partial<LaunchRequest>): string[] {
    return printed(script, request).split("\n");
  }

  test.each(Object.entries(kinds))(
    "a new %s namespace is made when it is asked for, and no other",
    (kind, flag) => {
      const before = links({});
      const after = links({ namespaces: flags(flag) });

      const changed = after.filter((link, index) => link !== before[index]);
      expect(changed).toEqual([expect.stringMatching(new RegExp(`^${kind}:`))]);
    },
  );

  test("all at once, with the process as the first of its pid namespace", () => {
    const namespaces = flags(...Object.values(kinds));

    expect(printed("echo $$", { namespaces })).toBe("1");
    expect(
      links({ namespaces })
        .slice(0, -1)
        .filter((link) => links({}).includes(link)),
    ).toEqual([]);
  });

  test("a new user namespace has its id mappings before the image runs, with uid 0 and every capability", () => {
    let told = 0;
    const request = userNamespace((pid) => {
      told = pid;
      writeMappings(pid);
    });
    const text = printed(
      "echo $$; id -u; id -g; cat /proc/self/uid_map; grep CapEff /proc/self/status",
      request,
    );

    const [pid, uid, gid, map, capabilities] = text.split("\n");
    expect({ pid, uid, gid }).toEqual({ pid: String(told), uid: "0", gid: "0" });
    expect(map?.trim().split(/\s+/)).toEqual(["0", "100000", "1000"]);
    const last = Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8"));
    expect(BigInt(`0x${capabilities?.split(/\s+/)[1]}`)).toBe(2n ** BigInt(last + 1) - 1n);
  });

  test("with a user namespace, descriptors that fill the low numbers leave no end of the handshake open", () => {
    const text = printed("ls /proc/$$/fd; exit", userNamespace());
    const [reader, writer] = pipe();
    using out = reader;
    {
      using theirs = writer;
      const many = Array.from({ length: 200 }, () => nullDevice.number);
      const stdio = [nullDevice.number, theirs.number, 2, nullDevice.number, ...many];
      const request = {
        ...plain(),
        ...userNamespace(),
        image: shell("ls /proc/$$/fd; exit"),
        descriptors: stdio,
      };
      expect(ended(kernel.launch(request))?.status).toBe(0);
    }

    expect(text.split("\n")).toEqual(["0", "1", "2"]);
    const all = new TextDecoder().decode(readAll(kernel, out.number)).trim().split("\n");
    expect(all.map(Number).toSorted((a, b) => a - b)).toEqual(
      [...Array(204).keys()].filter((number) => number !== 3),
    );
  });

  test("when the id mappings cannot be written, that error is thrown and the child is gone", () => {
    const failure = new Error("no mappings");
    let told = 0;

    leavesNothing(() => {
      const error = thrown(() =>
        kernel.launch({
          ...plain(),
          ...userNamespace((pid) => {
            told = pid;
            throw failure;
          }),
        }),
      );
      expect(error).toBe(failure);
      expect(thrown(() => kernel.call("kill", told, 0))).toMatchObject({ errno: "ESRCH" });
    });
  });

  test("when the id mappings are missing, the child says what it could not do", () => {
    leavesNothing(() => {
      const error = thrown(() => kernel.launch({ ...plain(), ...userNamespace(() => undefined) }));
      expect(error).toMatchObject({
        name: "SystemCallError",
        syscall: "setresgid",
        errno: "EINVAL",
      });
    });
  });

  test("when the child dies while the id mappings are written, the launch fails or gives its end", () => {
    const request = userNamespace((pid) => kernel.call("kill", pid, value("SIGKILL")));

    leavesNothing(() => {
      for (let index = 0; index < 20; index++) {
        let status: ExitStatus | undefined;
        const error = thrown(() => {
          status = ended(kernel.launch({ ...plain(), ...request }));
        });
        // Whether the kernel has closed its end of the pipe when we write is a matter of time.
        if (error === undefined) expect(status).toEqual({ status: 137, signal: "SIGKILL" });
        else expect(error).toMatchObject({ name: "SystemCallError", errno: "EPIPE" });
      }
    });
  });

  test("the child of a user namespace does not outlive a parent that dies in between", async () => {
    const child = Bun.spawn(["bun", join(import.meta.dir, "fixtures/die-in-handshake.ts")], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const orphan = Number(await child.stdout.text());
    await child.exited;

    expect(child.signalCode).toBe("SIGKILL");
    expect(orphan).toBeGreaterThan(1);
    await until("the child ends", () => !isAlive(orphan), deadlineMs);
  });
});

describe("cgroups", () => {
  const mount = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /.exec(line)?.[1])
    .find((path) => path !== undefined);

  test("a process is born in a cgroup of version 2", () => {
    if (mount === undefined)
      throw new Error("Cannot find a mount of cgroup version 2; Linux has one since 4.5");
    const name = `ctr-test-launch-${process.pid}`;
    const path = join(mount, name);
    mkdirSync(path);
    try {
      using directory = open(kernel, path, ["O_RDONLY", "O_DIRECTORY"]);

      const text = printed("cat /proc/self/cgroup", { cgroup: directory.number });

      expect(text.split("\n").find((line) => line.startsWith("0::"))).toEndWith(`/${name}`);
    } finally {
      rmdirSync(path);
    }
  });

  test("what is no cgroup is an error, and nothing stays", () => {
    using directory = open(kernel, "/", ["O_RDONLY", "O_DIRECTORY"]);

    leavesNothing(() => {
      const error = thrown(() => kernel.launch({ ...plain(), cgroup: directory.number }));
      expect(error).toMatchObject({ name: "SystemCallError", syscall: "clone3", errno: "EBADF" });
    });
  });
});

/** Waits until a process has its own memory: the kernel lets us go on a moment earlier. */
async function executed({ pid }: LaunchedProcess): Promise<void> {
  const own = readlinkSync("/proc/self/exe");
  await until("the image is executed", () => readlinkSync(`/proc/${pid}/exe`) !== own, deadlineMs);
}

describe("the executable", () => {
  test("is a sealed memfd that nobody can write to", async () => {
    const [reader, writer] = pipe();
    using gate = reader;
    let launched: LaunchedProcess;
    let link: string;
    let write: unknown;
    {
      using _writer = writer;
      const image = assemble({
        preserveFds: 0,
        descriptors: ["report", "gate"],
        steps: [call("read", [{ descriptor: "gate" }, { buffer: "b", size: 8 }, 1])],
      });
      launched = kernel.launch({
        ...plain(),
        image,
        name: "ctr-init",
        descriptors: [0, 1, 2, nullDevice.number, gate.number],
      });
      await executed(launched);
      link = readlinkSync(`/proc/${launched.pid}/exe`);
      write = thrown(() => writeFileSync(`/proc/${launched.pid}/exe`, "evil"));
    }
    expect(ended(launched)).toEqual({ status: 0, code: 0 });

    expect(link).toBe("/memfd:ctr-init (deleted)");
    expect(write).toBeInstanceOf(Error);
  });

  test("that cannot be executed is an error, and nothing stays", () => {
    for (const image of [new Uint8Array(), new Uint8Array(100), nothingImage.subarray(0, 100)]) {
      leavesNothing(() => {
        const error = thrown(() => kernel.launch({ ...plain(), image }));
        expect(error).toMatchObject({
          name: "SystemCallError",
          syscall: "execveat",
          errno: "ENOEXEC",
        });
      });
      leavesNothing(() => {
        const error = thrown(() => kernel.launch({ ...plain(), ...userNamespace(), image }));
        expect(error).toMatchObject({
          name: "SystemCallError",
          syscall: "execveat",
          errno: "ENOEXEC",
        });
      });
    }
  });

  test("gets no environment, and its name as its only argument", async () => {
    const [reader, writer] = pipe();
    using gate = reader;
    let launched: LaunchedProcess;
    let shown: string[];
    {
      using _writer = writer;
      const image = assemble({
        preserveFds: 0,
        descriptors: ["report", "gate"],
        steps: [call("read", [{ descriptor: "gate" }, { buffer: "b", size: 8 }, 1])],
      });
      const descriptors = [0, 1, 2, nullDevice.number, gate.number];
      launched = kernel.launch({ ...plain(), image, name: "ctr-init", descriptors });
      await executed(launched);
      const read = (name: string): string => readFileSync(`/proc/${launched.pid}/${name}`, "utf8");
      // The kernel shows the new memory a moment before it is filled in.
      await until("it has arguments", () => read("cmdline") !== "", deadlineMs);
      shown = [read("cmdline"), read("environ")];
    }
    ended(launched);

    expect(shown).toEqual(["ctr-init\0", ""]);
  });

  /** Passes calls on, but forbids to make memfds, as vm.memfd_noexec does. */
  class WithoutMemfd implements Kernel {
    readonly opened: KernelArg[] = [];
    call(name: SyscallName, ...args: readonly KernelArg[]): number {
      if (name === "memfd_create") throw new SystemCallError(name, "EACCES");
      if (name === "openat") this.opened.push(args[1] ?? null);
      return kernel.call(name, ...args);
    }
    launch(): LaunchedProcess {
      throw new Error("Not used");
    }
  }

  test("is an unlinked file where memfds cannot be executed", () => {
    const without = new WithoutMemfd();
    const launcher = new Launcher(without);
    const [reader, writer] = pipe();
    using out = reader;

    leavesNothing(() => {
      expect(ended(launcher.launch(plain()))).toEqual({ status: 0, code: 0 });
    });
    {
      using theirs = writer;
      const stdio = [nullDevice.number, theirs.number, 2, nullDevice.number];
      ended(launcher.launch({ ...plain(), image: shell("echo works"), descriptors: stdio }));
    }

    expect(new TextDecoder().decode(readAll(kernel, out.number))).toBe("works\n");
    expect(without.opened[0]).toBe("/run");
  });
});

describe("what is left behind", () => {
  test("nothing by 500 launches that work or fail", () => {
    const launches = [
      (): unknown => ended(kernel.launch(plain())),
      (): unknown => ended(kernel.launch({ ...plain(), ...userNamespace() })),
      (): unknown => thrown(() => kernel.launch({ ...plain(), image: new Uint8Array(1) })),
      (): unknown => thrown(() => kernel.launch({ ...plain(), descriptors: [0, 1, 2, 999_999] })),
      (): unknown =>
        thrown(() => kernel.launch({ ...plain(), ...userNamespace(() => expect.unreachable()) })),
    ];
    leavesNothing(() => {
      for (let index = 0; index < 250; index++) launches[index % launches.length]?.();
    });
  });

  /** Makes the n-th call of a launch fail, for each n. */
  function sweep(request: LaunchRequest): SyscallName[] {
    const failed: SyscallName[] = [];
    // One launcher for all: each takes a place of its own in low memory, of which there are about a hundred.
    let faulting = new FaultingKernel(kernel, 0);
    const launcher = new Launcher({
      call: (name, ...args) => faulting.call(name, ...args),
      launch: () => expect.unreachable(),
    });
    ended(launcher.launch(request));
    const { count } = faulting;
    for (let failAt = 1; failAt <= count; failAt++) {
      faulting = new FaultingKernel(kernel, failAt);
      const before = inventory();
      const error = thrown(() => launcher.launch(request));
      expect(error).toMatchObject({ errno: "EIO" });
      expect({ failAt, ...leftSince(before) }).toEqual({ failAt, ...none });
      if (faulting.failed !== undefined) failed.push(faulting.failed);
    }
    return failed;
  }

  test("nothing when any call of a launch fails", () => {
    const many = [
      nullDevice.number,
      0,
      1,
      2,
      ...Array.from({ length: 40 }, () => nullDevice.number),
    ];

    const failed = new Set([
      ...sweep({ ...plain(), descriptors: many }),
      ...sweep({ ...plain(), ...userNamespace(), descriptors: many }),
    ]);

    expect([...failed].toSorted()).toEqual(["fcntl", "memfd_create", "pipe2", "ppoll", "write"]);
  });
});

afterAll(() => {
  nullDevice[Symbol.dispose]();
});
