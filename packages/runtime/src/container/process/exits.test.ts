import { describe, expect, test } from "bun:test";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { until } from "tools/until";
import type { LaunchedProcess } from "../../kernel/kernel.ts";
import { linuxKernel } from "../../kernel/linux.ts";
import { assemble } from "../../program/assemble.ts";
import type { Step } from "../../program/step.ts";
import { watchExit } from "./exits.ts";

const kernel = linuxKernel();

/** A child that is no subprocess of Bun's: a program of its own. */
function launch(...steps: readonly Step[]): LaunchedProcess {
  const image = assemble({ preserveFds: 0, descriptors: ["report"], steps });
  return kernel.launch({ image, name: "test", descriptors: [0, 1, 2, 2], namespaces: 0n });
}

const signalItself: readonly Step[] = [
  { call: "getpid", args: [], save: "pid", origin: "", does: "" },
  { call: "kill", args: [{ slot: "pid" }, 15], origin: "", does: "" },
];

describe("watchExit()", () => {
  test("tells how a child ended, reaps it and closes its pidfd", async () => {
    const before = openDescriptors();
    const { pid, pidfd } = launch({ exit: 7 });

    expect(await watchExit(kernel, pidfd).exited).toEqual({ status: 7, code: 7 });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(openedSince(before)).toEqual([]);
  });

  test("tells which signal ended a child", async () => {
    const { pidfd } = launch(...signalItself);

    expect(await watchExit(kernel, pidfd).exited).toEqual({ status: 143, signal: "SIGTERM" });
  });

  test("tells of one that ended before anybody listened", async () => {
    const { pid, pidfd } = launch({ exit: 0 });
    const stat = Bun.file(`/proc/${pid}/stat`);
    await until("it has ended", async () => (await stat.text()).includes(") Z "));

    const watch = watchExit(kernel, pidfd);
    expect(await watch.exited).toEqual({ status: 0, code: 0 });
    expect(await watch.exited).toEqual({ status: 0, code: 0 });
  });

  test("tells many apart, and leaves the children of others to them", async () => {
    const theirs = Bun.spawn(["sh", "-c", "exit 5"]);
    const watches = Array.from({ length: 20 }, (_, code) =>
      watchExit(kernel, launch({ exit: code }).pidfd),
    );

    const statuses = await Promise.all(watches.map(({ exited }) => exited));
    expect(statuses.map(({ code }) => code)).toEqual([...Array(20).keys()]);
    expect(await theirs.exited).toBe(5);
  });

  test("listens no longer than there is somebody to wait for", async () => {
    const listeners = process.listenerCount("SIGCHLD");
    const watch = watchExit(kernel, launch({ exit: 0 }).pidfd);
    await watch.exited;

    expect(process.listenerCount("SIGCHLD")).toBe(listeners);
  });
});
