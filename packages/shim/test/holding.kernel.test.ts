/** Holding a container over each runtime: exits, signals, stdio, terminals, execs. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ctr/spec";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import { readShim } from "../src/client.ts";
import type { OomEvent } from "../src/protocol.ts";
import { collect, type Fixture, makeFixture } from "./fixture.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const process = (...args: string[]) => ({
  args,
  cwd: "/",
  env: ["PATH=/bin"],
  user: { uid: 0, gid: 0 },
});

const withMemoryLimit = (config: Config, limit: number): Config => ({
  ...config,
  linux: {
    ...config.linux,
    resources: { ...config.linux?.resources, memory: { limit, swap: limit } },
  },
});

for (const runtime of ["bunc", "runc", "crun"]) {
  describe(runtime, () => {
    let fixture: Fixture;
    beforeAll(async () => {
      fixture = await makeFixture(runtime);
    });
    afterAll(() => fixture[Symbol.asyncDispose]());

    test("tells exit codes, and signals as 128 and their number", async () => {
      const ends = await fixture.start({ args: ["sh", "-c", "exit 42"] });
      expect(await ends.shim.wait("init")).toMatchObject({ processId: "init", status: 42 });
      expect(ends.file("exitStatus")).toBe("42");
      await ends.shim.delete();

      for (const [signal, status] of [
        ["KILL", 137],
        ["SIGTERM", 143],
        [10, 138],
      ] as const) {
        // The shell is pid 1, for which the kernel ignores signals without a handler: a child of it is not.
        const script =
          "trap 'exit 143' TERM; trap 'exit 138' USR1; echo ready; while :; do sleep 0.05; done";
        const killed = await fixture.create({ args: ["sh", "-c", script] });
        using attached = await killed.shim.attach("init");
        await killed.shim.start();
        await attached.output.getReader().read();
        await killed.shim.kill("init", signal);
        expect(await killed.shim.wait("init")).toMatchObject({ status });
        await killed.shim.delete();
      }
    }, 60_000);

    test("goes through its states, and leaves nothing", async () => {
      const { shim, id, directory, file } = await fixture.create({ args: ["sleep", "1000"] });
      expect(await shim.state()).toMatchObject({ id, runtime: fixture.runtime, status: "created" });
      const pid = Number(file("pid"));
      expect(Number(file("starttime"))).toBeGreaterThan(0);
      expect(isAlive(pid)).toBe(true);

      await shim.start();
      expect((await shim.state()).status).toBe("running");
      expect(await shim.pids()).toEqual([pid]);
      await expect(shim.start()).rejects.toMatchObject({ code: "ERR_CONTAINER_STATE" });
      await expect(shim.delete()).rejects.toMatchObject({ code: "ERR_CONTAINER_STATE" });

      await shim.pause();
      expect((await shim.state()).status).toBe("paused");
      await shim.resume();
      expect((await shim.state()).status).toBe("running");
      await shim.update({ pids: { limit: 77 } });

      await shim.kill("init", 9);
      expect(await shim.wait("init")).toMatchObject({ status: 137 });
      expect((await shim.state()).status).toBe("stopped");
      await expect(shim.kill("init", 9)).rejects.toMatchObject({ code: "ERR_PROCESS_ENDED" });

      const shimPid = shim.hello.pid;
      await shim.delete();
      expect(existsSync(directory)).toBe(false);
      expect(await fixture.runtimeState(id)).toBeUndefined();
      await until("the shim ends", () => !isAlive(shimPid));
    }, 60_000);

    test("deletes a created, a running and a paused container by force", async () => {
      for (const prepare of ["create", "start", "pause"]) {
        const { shim, id, directory, file } = await fixture.create({ args: ["sleep", "1000"] });
        const pid = Number(file("pid"));
        if (prepare !== "create") await shim.start();
        if (prepare === "pause") await shim.pause();
        await shim.delete({ force: true });
        expect(existsSync(directory)).toBe(false);
        expect(isAlive(pid)).toBe(false);
        expect(await fixture.runtimeState(id)).toBeUndefined();
      }
    }, 60_000);

    test("deletes by force what is just ending by itself", async () => {
      for (let round = 0; round < 5; round++) {
        const { shim, id, directory } = await fixture.start({ args: ["true"] });
        await shim.delete({ force: true });
        expect(existsSync(directory)).toBe(false);
        expect(await fixture.runtimeState(id)).toBeUndefined();
      }
    }, 120_000);

    test("hands nothing of itself to a process: no descriptor, no umask, no signal mask", async () => {
      const script = "umask; ls /proc/self/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status; pwd; env";
      const { shim } = await fixture.create({ args: ["sh", "-c", script] });
      using attached = await shim.attach("init");
      await shim.start();
      const init = (await collect(attached.output)).stdout;
      await shim.delete();

      const other = await fixture.start({ args: ["sleep", "1000"] });
      using executed = await other.shim.execAttached({
        processId: "one",
        process: process("sh", "-c", script),
      });
      const exec = (await collect(executed.output)).stdout;
      await other.shim.delete({ force: true });
      for (const text of [init, exec]) {
        const [umask, ...lines] = text.split("\n");
        expect(umask).toBe("0022");
        // The directory that is listed is the fourth.
        expect(lines.slice(0, 4)).toEqual(["0", "1", "2", "3"]);
        expect(lines.slice(4, 7)).toEqual([
          "SigBlk:\t0000000000000000",
          "SigIgn:\t0000000000000000",
          "/",
        ]);
        expect(text).not.toContain("CTR_");
      }
    }, 60_000);

    test("passes standard input on and closes it", async () => {
      const { shim } = await fixture.create({ args: ["cat"], process: { openStdin: true } });
      using attached = await shim.attach("init");
      await shim.start();
      await attached.write(encode("first\n"));
      await attached.write(encode("second\n"));
      await attached.closeStdin();
      expect(await collect(attached.output)).toEqual({ stdout: "first\nsecond\n", stderr: "" });
      expect(await attached.exited).toMatchObject({ status: 0 });
      await shim.delete();
    }, 60_000);

    test("gives a terminal, resizes it, and hands it to whoever attaches", async () => {
      const script = 'read a; stty size; read b; stty size; echo "$a $b"; test -t 0 && exit 7';
      const { shim } = await fixture.create({ args: ["sh", "-c", script], terminal: true });
      using attached = await shim.attach("init");
      expect(attached.terminal).toBe(true);
      // Not open for input: what is typed goes nowhere, so a second container shows input.
      await shim.delete({ force: true });

      const open = await fixture.create({
        args: ["sh", "-c", script],
        terminal: true,
        process: { openStdin: true },
      });
      using typing = await open.shim.attach("init");
      await open.shim.resize("init", 111, 22);
      await open.shim.start();
      await typing.write(encode("one\n"));
      const reader = typing.output.getReader();
      let seen = "";
      await until("the first size", async () => {
        seen += new TextDecoder().decode((await reader.read()).value?.data);
        return seen.includes("22 111");
      });
      await open.shim.resize("init", 80, 24);
      await typing.write(encode("two\n"));
      await until("the end", async () => {
        const { value, done } = await reader.read();
        seen += new TextDecoder().decode(value?.data);
        return done;
      });
      expect(seen).toContain("24 80");
      expect(seen).toContain("one two");
      expect(await typing.exited).toMatchObject({ status: 7 });
      await open.shim.delete();
    }, 60_000);

    test("executes processes, with and without a terminal, and tells their exits", async () => {
      const { shim, directory, file } = await fixture.start({ args: ["sleep", "1000"] });
      const log = { path: join(fixture.folder, "exec.log") };
      const { pid } = await shim.exec({
        processId: "first",
        process: process("sh", "-c", "echo from exec; exit 5"),
        log,
      });
      expect(await shim.wait("first")).toMatchObject({ processId: "first", status: 5 });
      expect(file("pid", "first")).toBe(String(pid));
      expect(file("exitStatus", "first")).toBe("5");
      expect(readFileSync(log.path, "utf8")).toMatch(/ stdout F from exec\n$/);

      using attached = await shim.execAttached({
        processId: "second",
        process: {
          ...process("sh", "-c", "read x; echo got $x; stty size"),
          terminal: true,
          consoleSize: { width: 99, height: 33 },
        },
        openStdin: true,
      });
      await attached.write(encode("input\n"));
      const { stdout } = await collect(attached.output);
      expect(stdout).toContain("got input");
      expect(stdout).toContain("33 99");
      expect(await attached.exited).toMatchObject({ processId: "second", status: 0 });

      await shim.exec({ processId: "third", process: process("sleep", "1000") });
      await expect(shim.deleteProcess("third")).rejects.toMatchObject({
        code: "ERR_PROCESS_RUNNING",
      });
      await expect(
        shim.exec({ processId: "third", process: process("true") }),
      ).rejects.toMatchObject({ code: "ERR_PROCESS_EXISTS" });
      await shim.kill("third", "KILL");
      expect(await shim.wait("third")).toMatchObject({ status: 137 });
      expect((await shim.state()).status).toBe("running");
      expect(await shim.deleteProcess("third")).toMatchObject({ status: 137 });
      expect(existsSync(join(directory, "third"))).toBe(false);

      await expect(
        shim.exec({ processId: "fourth", process: process("no-such-program") }),
      ).rejects.toThrow(/no-such-program/);
      expect(existsSync(join(directory, "fourth"))).toBe(false);
      await shim.delete({ force: true });
      expect(existsSync(directory)).toBe(false);
    }, 60_000);

    test("tells the exits of execs before that of the container's first process", async () => {
      const { shim } = await fixture.start({ args: ["sleep", "1000"] });
      for (const processId of ["a", "b"]) {
        await shim.exec({ processId, process: process("sleep", "1000") });
      }
      const order: string[] = [];
      using _ = shim.onExited(({ processId }) => order.push(processId));
      await shim.kill("init", "KILL");
      await shim.wait("init");
      expect(order.toSorted()).toEqual(["a", "b", "init"]);
      expect(order.at(-1)).toBe("init");
      await shim.delete();
    }, 60_000);

    test("tells what a container has used", async () => {
      const { shim } = await fixture.start({
        args: ["sleep", "1000"],
        configure: (config) => withMemoryLimit(config, 64 << 20),
      });

      const { readAt, stats } = await shim.stats();

      expect(Math.abs(Date.now() - Date.parse(readAt))).toBeLessThan(10_000);
      expect(Number(stats.pids.current)).toBeGreaterThanOrEqual(1);
      expect(stats.memory.usage).toMatchObject({ limit: 64 << 20 });
      expect(Number(stats.cpu.usage?.total)).toBeGreaterThan(0);
      // No limit: more than a number of JavaScript's can hold.
      expect(stats.memory.kernel?.limit).toBeGreaterThanOrEqual(9223372036854771712n);
      await shim.kill("init", "KILL");
      await shim.wait("init");
      await expect(shim.stats()).rejects.toMatchObject({ code: "ERR_CONTAINER_STATE" });
    }, 60_000);

    test("tells when memory runs out, before it tells the end of what was killed", async () => {
      const glutton = "x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done";
      const { shim, directory } = await fixture.create({
        // First somebody else, then the first process itself.
        args: ["sh", "-c", `(${glutton}); read y; ${glutton}`],
        process: { openStdin: true },
        configure: (config) => withMemoryLimit(config, 16 << 20),
      });
      const told: string[] = [];
      const ooms: OomEvent[] = [];
      shim.onExited(({ processId, status }) => told.push(`exit ${processId} ${status}`));
      shim.onOom((event) => {
        told.push("oom");
        ooms.push(event);
      });

      await shim.start();
      await until("it is told", () => told.length > 0);
      expect(await shim.state()).toMatchObject({ status: "running" });
      using attached = await shim.attach("init", { output: false });
      await attached.write(new TextEncoder().encode("go on\n"));
      await shim.wait("init");
      await until("the exit is told", () => told.at(-1)?.startsWith("exit"));

      expect(told.length).toBeGreaterThanOrEqual(3);
      expect(told).toEqual([...told.slice(1).map(() => "oom"), "exit init 137"]);
      expect(ooms.map((event) => event.number)).toEqual(ooms.map((_, index) => index + 1));
      // Version 1 counts a kill after it has told of it.
      expect(ooms.at(-1)?.kills).toBeGreaterThanOrEqual(1);
      expect((await readShim(directory)).ooms).toEqual(ooms);
      await shim.delete();
    }, 60_000);

    test("leaves nothing when the container cannot be created", async () => {
      const missing = await fixture.options({ args: ["/no-such-program"] });
      const outcome = fixture.create({ args: ["/no-such-program"] });
      if (runtime === "crun" || runtime === "runc")
        await expect(outcome).rejects.toThrow(/no-such-program/);
      else
        await outcome.then(
          ({ shim }) => shim.delete({ force: true }),
          () => undefined,
        );
      expect(existsSync(missing.directory)).toBe(false);

      const unreadable = await fixture.options({ args: ["true"] });
      await Bun.write(join(unreadable.bundle, "config.json"), "{");
      const { startShim } = await import("../src/client.ts");
      await expect(startShim(unreadable)).rejects.toMatchObject({ name: "ContainerError" });
      expect(existsSync(unreadable.directory)).toBe(false);
      expect(await fixture.runtimeState(unreadable.id)).toBeUndefined();
    }, 60_000);

    test("cleans up after a shim that was killed", async () => {
      const { shim, directory, id, options, file } = await fixture.start({
        args: ["sleep", "1000"],
      });
      await shim.exec({ processId: "ended", process: process("sh", "-c", "exit 3") });
      await shim.wait("ended");
      await shim.exec({ processId: "running", process: process("sleep", "1000") });
      const { recoverShim } = await import("../src/client.ts");
      await expect(recoverShim(options)).rejects.toMatchObject({ code: "ERR_SHIM_ALIVE" });

      globalThis.process.kill(shim.hello.pid, "SIGKILL");
      await shim.closed;
      await until("the shim is gone", () => !isAlive(shim.hello.pid));
      const exits = await recoverShim(options);

      const statuses = Object.fromEntries(
        exits.map(({ processId, status }) => [processId, status]),
      );
      expect(statuses).toEqual({ ended: 3, running: 137, init: 137 });
      expect(exits.at(-1)?.processId).toBe("init");
      expect(file("exitStatus")).toBe("137");
      expect(isAlive(Number(file("pid")))).toBe(false);
      expect(await fixture.runtimeState(id)).toBeUndefined();
      expect(existsSync(join(directory, "shim.sock"))).toBe(false);
    }, 60_000);
  });
}
