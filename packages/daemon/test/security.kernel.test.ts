/**
 * Known vulnerabilities of engines, shims and monitors, tried on ctrd and its shims.
 *
 * The table of all and where they are tested is apps/docs/internals/security.md.
 *
 * @module
 */

import { describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { until } from "tools/until";
import { RealDaemon } from "./real-daemon.ts";

const timeoutMs = 120_000;

/** How many descriptors a process has open. */
const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Memory that a process has of its own, in KiB. */
const privateMemoryOf = (pid: number): number =>
  readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Private_"))
    .reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0);

const parentOf = (pid: number): number =>
  Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

/** Everything below a directory with its kind and mode, but for what is a link. */
function modesBelow(directory: string): string[] {
  const names = ["", ...readdirSync(directory, { recursive: true, encoding: "utf8" })];
  return names.flatMap((name) => {
    const status = lstatSync(join(directory, name), { throwIfNoEntry: false });
    // A file that is written anew has another name for a moment.
    if (status === undefined) return [];
    const kind = status.isDirectory() ? "directory" : "file";
    return [`${kind} ${(status.mode & 0o7777).toString(8)} ${name}`];
  });
}

describe.each([0, 0o022])(
  "CVE-2021-41103, CVE-2021-41091, CVE-2024-25621: with umask %o",
  (umask) => {
    test(
      "every directory is 0700 and every file, FIFO and socket 0600, whatever a container does",
      async () => {
        const before = process.umask(umask);
        // Its folders are there before, as wide as the umask lets them be.
        const starting = RealDaemon.start().finally(() => process.umask(before));
        await using daemon = await starting;
        const { client, folder } = daemon;
        const id = daemon.id("web");
        const bundle = await daemon.shell("echo out; sleep 1000");
        await client.createContainer({ id, bundle, start: true, openStdin: true });
        await client.exec(id, {
          processId: "one",
          args: ["sleep", "1000"],
          log: { format: "cri" },
        });
        await client.exec(id, { processId: "two", args: ["sh"], terminal: true, openStdin: true });
        await using session = await client.attach(id);
        await until("there is a log", () => statSync(join(folder, "lib/logs", id)).isDirectory());

        for (const place of ["run", "lib"]) {
          const wrong = modesBelow(join(folder, place)).filter(
            (line) => !/^(directory 700|file 600) /.test(line),
          );
          expect(wrong).toEqual([]);
        }
        expect(modesBelow(join(folder, "run")).length).toBeGreaterThan(15);
        expect(session).toBeDefined();
      },
      timeoutMs,
    );
  },
);

describe("CVE-2020-15257: the shim's or daemon's socket is reached by those it is not for", () => {
  test(
    "no socket has a name outside of the file system, and no other user can connect",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client, folder } = daemon;
      const id = daemon.id("web");
      await client.createContainer({ id, bundle: await daemon.shell("sleep 1000"), start: true });
      const { pid = 0 } = await client.inspectProcess(id, "init");
      const ours = [daemon.pid, parentOf(pid)];

      const inodes = new Set(
        ours.flatMap((each) => {
          const links = Bun.spawnSync([
            "find",
            `/proc/${each}/fd`,
            "-lname",
            "socket:*",
            "-printf",
            "%l\n",
          ]);
          return [...links.stdout.toString().matchAll(/\[(\d+)\]/g)].map(([, inode]) => inode);
        }),
      );
      const named = readFileSync("/proc/net/unix", "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , , , , inode, name]) => inodes.has(inode) && name !== undefined);
      expect(named.length).toBeGreaterThan(0);
      for (const [, , , , , , , name = ""] of named) expect(name).not.toStartWith("@");

      // Also when the directories above were open to all: the sockets themselves are not.
      const sockets = [join(folder, "run/ctr.sock"), join(folder, "run", id, "shim.sock")];
      for (const path of sockets) {
        const connect = `await Bun.connect({ unix: ${JSON.stringify(path)}, socket: { data() {} } })`;
        const command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        const { exitCode, stderr } = Bun.spawnSync([...command, process.execPath, "-e", connect], {
          env: { HOME: "/tmp", PATH: "/usr/bin:/bin" },
        });
        expect(exitCode).not.toBe(0);
        expect(stderr.toString()).toMatch(/EACCES|denied|Failed to connect/i);
        expect(lstatSync(path).mode & 0o777).toBe(0o600);
      }
    },
    timeoutMs,
  );
});

describe("CVE-2022-1708, CVE-2022-31030: output without end", () => {
  test(
    "neither fills the memory of the shim or the daemon nor the disk, read or not",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client, folder } = daemon;
      const id = daemon.id("web");
      const limit = 1024 * 1024;
      const log = { format: "cri", sizeBytesMax: limit, filesMax: 2 } as const;
      const bundle = await daemon.bundle(["/bin/busybox", "yes", "x".repeat(1000)]);
      await client.createContainer({ id, bundle, log });
      const { pid = 0 } = await client.inspectProcess(id, "init");
      const shim = parentOf(pid);
      // One who attaches and never reads.
      await using session = await client.attach(id);
      await client.startContainer(id);
      await client.exec(id, {
        processId: "more",
        args: ["/bin/busybox", "yes"],
        log: { ...log, path: join(folder, "more.log") },
      });

      const written = (): number =>
        Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${shim}/io`, "utf8"))?.[1]);
      const start = written();
      const untilWritten = (megabytes: number): Promise<unknown> =>
        until(
          `the shim has written ${megabytes} MB`,
          () => written() - start > megabytes * 1024 * 1024,
          60_000,
        );
      // Until here the heap comes to the size that the work needs; from here on nothing more may be kept.
      await untilWritten(40);
      const before = [shim, daemon.pid].map(privateMemoryOf);
      await untilWritten(100);

      const logs = (): string[] =>
        [join(folder, "lib/logs", id), folder].flatMap((directory) =>
          readdirSync(directory)
            .filter((name) => name.includes(".log") && name !== "ctrd.log")
            .map((name) => join(directory, name)),
        );
      await until("both logs have been rotated", () => logs().length >= 4, 60_000);
      // A record more than the limit, at the most.
      for (const path of logs()) {
        const { size = 0 } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
        expect(size).toBeLessThan(limit + 128 * 1024);
      }
      // What is garbage goes when the heap is collected; what is kept would grow all the time.
      const growth = (): number[] =>
        [shim, daemon.pid].map((each, index) => privateMemoryOf(each) - (before[index] ?? 0));
      await until("the memory is as before", () => growth().every((kib) => kib < 16 * 1024), 60_000)
        // Says how much it is.
        .catch(() => expect(growth()).toEqual([0, 0]));
      session.detach();
      // Neither keeps who is written to without end from hearing what it is asked, nor is it waited for that they stop.
      let isDeleted = false;
      const deleted = client.deleteContainer(id, { force: true }).then(() => {
        isDeleted = true;
      });
      await until("the container is deleted", () => isDeleted, 8000);
      await deleted;
    },
    timeoutMs,
  );

  test(
    "a log that is given no size has one nevertheless",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client, folder } = daemon;
      const [bounded, unbounded] = [daemon.id("bounded"), daemon.id("unbounded")];
      const bundle = await daemon.shell("true");
      await client.createContainer({ id: bounded, bundle });
      await client.createContainer({ id: unbounded, bundle, log: { sizeBytesMax: 0 } });

      const process_ = (id: string): unknown =>
        JSON.parse(readFileSync(join(folder, "run", id, "init/process.json"), "utf8"));
      expect(process_(bounded)).toMatchObject({ log: { sizeBytesMax: 100 * 1024 * 1024 } });
      expect(process_(unbounded)).not.toMatchObject({ log: { sizeBytesMax: expect.anything() } });
    },
    timeoutMs,
  );
});

describe("CVE-2022-23471, CVE-2025-64329: what fails leaves something behind each time", () => {
  test(
    "a hundred execs and attaches that fail leave no descriptor, file, process or memory",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client, folder } = daemon;
      const id = daemon.id("web");
      await client.createContainer({ id, bundle: await daemon.shell("sleep 1000"), start: true });
      const { pid = 0 } = await client.inspectProcess(id, "init");
      const shim = parentOf(pid);
      const failing = async (): Promise<void> => {
        const attempts = [
          client.exec(id, { args: ["/no/such/program"] }),
          client.exec(id, { args: ["/bin/true"], cwd: "/no/such/directory" }),
          client.exec(id, { args: ["/no/such/program"], terminal: true, openStdin: true }),
          client.execAttached(id, { args: ["/no/such/program"] }),
          client.attach(id, "nobody"),
        ];
        for (const result of await Promise.allSettled(attempts)) {
          expect(result.status).toBe("rejected");
        }
      };
      const children = `/proc/${shim}/task/${shim}/children`;
      const counts = (): number[] => [
        descriptorsOf(shim),
        descriptorsOf(daemon.pid),
        modesBelow(join(folder, "run")).length,
        readFileSync(children, "utf8").trim().split(" ").length,
      ];
      // What is made once, such as the journal's statements and warm code, is there then.
      for (let round = 0; round < 3; round++) await failing();
      const before = counts();
      const memory = [shim, daemon.pid].map(privateMemoryOf);
      for (let round = 0; round < 20; round++) await failing();

      // Fewer are fine: what was open before may have been an attempt that was just ending.
      await until("all is as before", () =>
        counts().every((count, index) => count <= (before[index] ?? 0)),
      ).catch(() => expect(counts()).toEqual(before));
      for (const [index, each] of [shim, daemon.pid].entries()) {
        expect(privateMemoryOf(each) - (memory[index] ?? 0)).toBeLessThan(64 * 1024);
      }
      expect(await client.listProcesses(id)).toHaveLength(1);
    },
    timeoutMs,
  );
});

describe("CVE-2024-40635, CVE-2026-46680: a user that is read as another one", () => {
  test(
    "an id that is none is refused by name, before anything is executed",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const id = daemon.id("web");
      await client.createContainer({ id, bundle: await daemon.shell("sleep 1000"), start: true });
      for (const uid of [2 ** 32 - 1, 2 ** 32, -1, 1.5]) {
        for (const request of [
          { args: ["id"], user: { uid, gid: 0 } },
          { args: ["id"], user: { uid: 0, gid: 0, additionalGids: [uid] } },
          { process: { cwd: "/", args: ["/bin/id"], user: { uid, gid: 0 } } },
        ]) {
          await expect(client.exec(id, request)).rejects.toMatchObject({
            kind: "invalid",
            pointer: expect.stringContaining("/user/"),
          });
        }
      }
      expect(await client.listProcesses(id)).toHaveLength(1);
      const config = (base: Config): Config => ({
        ...base,
        process: { cwd: "/", ...base.process, user: { uid: 2 ** 32 - 1, gid: 0 } },
      });
      const bundle = await daemon.bundle(["id"], config);
      await expect(client.createContainer({ id: daemon.id("root"), bundle })).rejects.toMatchObject(
        {
          message: expect.stringContaining("/process/user/uid"),
        },
      );
    },
    timeoutMs,
  );
});

describe("CVE-2021-21334: what one container is given shows up in another", () => {
  test(
    "containers of one bundle, and what is executed in them, share no environment",
    async () => {
      await using daemon = await RealDaemon.start();
      const { client } = daemon;
      const bundle = await daemon.shell("env; sleep 1000");
      const [one, other] = [daemon.id("one"), daemon.id("other")];
      await client.createContainer({ id: one, bundle, start: true });
      await client.exec(one, { args: ["true"], env: ["SECRET=1"] });
      await client.createContainer({ id: other, bundle, start: true });
      await client.exec(other, { processId: "env", args: ["env"], log: { format: "cri" } });
      const file = join(daemon.folder, "lib/logs", other, "env.log");
      await until("env has written", () => {
        try {
          return readFileSync(file, "utf8").includes("PATH=");
        } catch {
          return false;
        }
      });

      expect(readFileSync(file, "utf8")).not.toContain("SECRET");
      await until("it has written", async () => (await daemon.output(other)).includes("PATH="));
      const output = await daemon.output(other);
      expect(output).not.toContain("SECRET");
      // Nor is the daemon's or the shim's own environment theirs.
      expect(output).not.toMatch(/CTR_|BUN_|XDG_|USER=/);
    },
    timeoutMs,
  );
});

test(
  "an id never becomes a path of the host: CVE-2022-23648 by name",
  async () => {
    await using daemon = await RealDaemon.start();
    const { client, folder } = daemon;
    mkdirSync(join(folder, "outside"));
    const bundle = await daemon.shell("true");
    const before = modesBelow(folder);
    for (const id of ["../outside", "..", ".", "a/b", "/outside", ".hidden", "a\0b", ""]) {
      await expect(client.createContainer({ id, bundle })).rejects.toMatchObject({
        kind: "invalid",
      });
      await expect(client.deleteContainer(id, { force: true })).rejects.toMatchObject({
        kind: expect.stringMatching(/invalid|notFound/),
      });
    }
    expect(modesBelow(folder).filter((line) => !before.includes(line))).toEqual([]);
  },
  timeoutMs,
);
