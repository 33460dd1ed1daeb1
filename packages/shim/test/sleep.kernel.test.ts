/** Shims that sleep: they take next to nothing, wake up at whatever happens, and nothing is lost or told twice. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "tools/is-alive";
import { until } from "tools/until";
import { connectShim, type ShimClient } from "../src/client.ts";
import type { InitDocument, ProcessExit } from "../src/protocol.ts";
import { type Fixture, makeFixture, processField } from "./fixture.ts";

const soon: InitDocument = { sleepAfterMs: 50 };

/** Whether it waits, and has nothing else to do any more. */
function isAsleep({ hello: { pid } }: ShimClient): boolean {
  const isSleeper = readlinkSync(`/proc/${pid}/exe`).startsWith("/memfd:");
  return isSleeper && processField(pid, 3) === "S" && commandLine(pid) !== "";
}

function commandLine(pid: number): string {
  // Behind the arguments there may be room.
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "");
}

/** The arguments of a shim, which may be about to fall asleep: it has none for a moment, as everybody who executes something. */
function argumentsOf(pid: number): Promise<string> {
  return until("it has arguments", () => commandLine(pid) || undefined);
}

async function untilAsleep(shim: ShimClient): Promise<void> {
  await until("it sleeps", () => isAsleep(shim), 30_000);
}

/** Whether the process has a handler for SIGUSR1, of which it would die otherwise. */
function catchesUsr1(pid: number): boolean {
  const caught = /^SigCgt:\s+(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (BigInt(`0x${caught}`) & (1n << 9n)) !== 0n;
}

/** What a process' memory and descriptors are. */
function footprint(pid: number): { readonly privateKb: number; readonly descriptors: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(rollup)?.[1]);
  return {
    privateKb: kb("Private_Dirty") + kb("Private_Clean"),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

for (const runtime of ["bunc", "runc"]) {
  describe(runtime, () => {
    let fixture: Fixture;
    beforeAll(async () => {
      fixture = await makeFixture(runtime);
    });
    afterAll(() => fixture[Symbol.asyncDispose]());

    test("takes next to no memory, is still the same process, and answers", async () => {
      const { shim, id, directory } = await fixture.start({
        args: ["sleep", "1000"],
        process: soon,
      });
      const { pid } = shim.hello;
      const awake = await argumentsOf(pid);
      await untilAsleep(shim);
      expect(footprint(pid).privateKb).toBeLessThan(200);
      expect(commandLine(pid)).toBe(awake);
      expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("ctr-shim\n");

      for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.kill(pid, signal);
      expect(await shim.state()).toMatchObject({ id, status: "running" });
      expect(await argumentsOf(pid)).toBe(awake);
      await untilAsleep(shim);
      using other = await connectShim(directory);
      expect(other.hello).toEqual(shim.hello);
      await shim.pause();
      await untilAsleep(shim);
      expect(await other.state()).toMatchObject({ status: "paused" });
      await shim.resume();
      await untilAsleep(shim);
      await shim.delete({ force: true });
      await until("the shim has ended", () => !isAlive(pid));
      expect(await fixture.runtimeState(id)).toBeUndefined();
    }, 120_000);

    test("hears of the end that comes while it sleeps, and tells it once to each who waits", async () => {
      const { shim, file } = await fixture.create({
        args: ["sh", "-c", "read x; exit 7"],
        process: { ...soon, openStdin: true },
      });
      const exits: ProcessExit[] = [];
      shim.onExited((exit) => exits.push(exit));
      await untilAsleep(shim);
      await shim.start();
      const waiting = shim.wait("init");
      await untilAsleep(shim);
      {
        using attached = await shim.attach("init", { output: false });
        await attached.write(new TextEncoder().encode("\n"));
      }
      expect(await waiting).toMatchObject({ status: 7 });
      expect(file("exitStatus")).toBe("7");
      await until("it is told", () => exits.length > 0);
      // One that has ended has nothing to say any more, however often it sleeps.
      await untilAsleep(shim);
      expect(await shim.wait("init")).toEqual(exits[0] as ProcessExit);
      expect(exits).toHaveLength(1);
      await shim.delete();
    }, 120_000);

    test("keeps the output of processes that write while it sleeps", async () => {
      const log = join(fixture.folder, `${runtime}-sleep.log`);
      const script = `n=0; trap 'n=$((n+1)); echo out $n; echo err $n >&2; [ $n != 3 ] || exit 5' USR1
        echo ready; while :; do sleep 0.1; done`;
      const { shim, file } = await fixture.start({
        args: ["sh", "-c", script],
        process: { ...soon, log: { path: log } },
      });
      const lines = (): string[] => readFileSync(log, "utf8").trim().split("\n");
      await until("it is ready", () => lines()[0]?.endsWith("ready"));
      for (let count = 1; count <= 3; count++) {
        await untilAsleep(shim);
        process.kill(Number(file("pid")), "SIGUSR1");
        await until("it has written", () => lines().length === 1 + 2 * count);
      }
      expect(await shim.wait("init")).toMatchObject({ status: 5 });
      const texts = (stream: string): string[] =>
        lines().flatMap((line) => line.split(` ${stream} F `).slice(1));
      expect(texts("stdout")).toEqual(["ready", "out 1", "out 2", "out 3"]);
      expect(texts("stderr")).toEqual(["err 1", "err 2", "err 3"]);
      await shim.delete();
    }, 120_000);

    test("holds executed processes while it sleeps", async () => {
      const { shim } = await fixture.start({ args: ["sleep", "1000"], process: soon });
      const process = { cwd: "/", env: ["PATH=/bin"], user: { uid: 0, gid: 0 } };
      const script = "trap 'exit 9' USR1; while :; do sleep 0.1; done";
      const { pid } = await shim.exec({
        processId: "exec",
        process: { ...process, args: ["sh", "-c", script] },
      });
      const waiting = shim.wait("exec");
      await until("the shell catches the signal", () => catchesUsr1(pid));
      await untilAsleep(shim);
      globalThis.process.kill(pid, "SIGUSR1");
      expect(await waiting).toMatchObject({ processId: "exec", status: 9 });
      await untilAsleep(shim);
      expect(await shim.deleteProcess("exec")).toMatchObject({ status: 9 });
      await shim.delete({ force: true });
    }, 120_000);

    test("has the terminal again when it wakes up", async () => {
      const { shim } = await fixture.start({
        args: ["sh"],
        terminal: true,
        process: { ...soon, openStdin: true },
      });
      await untilAsleep(shim);
      await shim.resize("init", 91, 17);
      await untilAsleep(shim);
      const attached = await shim.attach("init");
      await attached.write(new TextEncoder().encode("stty size; exit 3\n"));
      let text = "";
      const decoder = new TextDecoder();
      for await (const { data } of attached.output) text += decoder.decode(data, { stream: true });
      expect(text).toContain("17 91");
      expect(await shim.wait("init")).toMatchObject({ status: 3 });
      await shim.delete();
    }, 120_000);

    test("does not sleep while a client is attached, and leaves no descriptor behind", async () => {
      const { shim } = await fixture.start({
        args: ["cat"],
        process: { ...soon, openStdin: true },
      });
      // As long as it takes another one to fall asleep is long enough.
      const { shim: other } = await fixture.start({ args: ["sleep", "1000"], process: soon });
      await untilAsleep(shim);
      await shim.state();
      // Asleep and awake it has other ones open.
      await untilAsleep(shim);
      const { descriptors } = footprint(shim.hello.pid);
      {
        using attached = await shim.attach("init");
        const reader = attached.output.getReader();
        for (let round = 0; round < 2; round++) {
          await other.state();
          await untilAsleep(other);
          expect(isAsleep(shim)).toBe(false);
          await attached.write(new TextEncoder().encode("x"));
          expect((await reader.read()).value?.data).toEqual(new TextEncoder().encode("x"));
        }
      }
      for (let round = 0; round < 2; round++) {
        await untilAsleep(shim);
        await shim.state();
      }
      await untilAsleep(shim);
      expect(footprint(shim.hello.pid).descriptors).toBe(descriptors);
      await shim.delete({ force: true });
      await other.delete({ force: true });
    }, 120_000);
  });
}

test("never sleeps when process.json says so, nor before the time", async () => {
  await using fixture = await makeFixture("bunc");
  const never = await fixture.start({ args: ["sleep", "1000"], process: { sleepAfterMs: 0 } });
  const usual = await fixture.start({ args: ["sleep", "1000"], process: {} });
  const soonAsleep = await fixture.start({ args: ["sleep", "1000"], process: soon });
  await untilAsleep(soonAsleep.shim);
  expect([isAsleep(never.shim)]).toEqual([false]);
  await untilAsleep(usual.shim);
  expect(isAsleep(never.shim)).toBe(false);
});

test("sweeps what a container without a pid namespace leaves, though it sleeps", async () => {
  await using fixture = await makeFixture("bunc");
  const log = join(fixture.folder, "stray.log");
  const { shim } = await fixture.start({
    // The middle process ends, so that the last one becomes a child of the shim.
    args: ["sh", "-c", "(sleep 2000 & echo $! >&2); exec sleep 1000"],
    process: { ...soon, log: { path: log } },
    configure: (config) => ({
      ...config,
      linux: {
        ...config.linux,
        namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "pid"),
      },
    }),
  });
  const children = (): string =>
    readFileSync(`/proc/${shim.hello.pid}/task/${shim.hello.pid}/children`, "utf8");
  const stray = await until(
    "the stray says its pid",
    () => / stderr F (\d+)\n/.exec(readFileSync(log, "utf8"))?.[1],
  );
  await until("the stray is ours", () => children().trim().split(" ").includes(stray));
  await untilAsleep(shim);
  process.kill(Number(stray), "SIGKILL");
  await until("the stray is gone", () => !children().trim().split(" ").includes(stray), 30_000);
  expect(children().trim().split(" ")).toHaveLength(1);
  await shim.delete({ force: true });
}, 60_000);
