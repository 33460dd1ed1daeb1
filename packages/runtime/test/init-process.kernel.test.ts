import { expect, test } from "bun:test";
import { InitProcess } from "../src/container/process/init-process.ts";
import { openPipe } from "../src/container/process/pipes.ts";
import { call, purpose, waitForSync } from "../src/init/steps.ts";
import { linuxKernel, open, reap } from "../src/kernel/index.ts";
import { constant } from "../src/machine/constants.ts";
import type { NoteName, Program, Step } from "../src/program/step.ts";

const kernel = linuxKernel();
const why = purpose("", "test");
const parentLagsMs = 50;

/** Forks, as it does for a pid namespace; the parent takes its time, and the child speaks first. */
function forking(...child: readonly Step[]): Program {
  return {
    preserveFds: 0,
    descriptors: ["report", "sync"],
    steps: [
      call(why, "clone", [constant("CLONE_PARENT", "SIGCHLD"), 0, 0, 0, 0], { save: "child" }),
      { jump: "in-child", when: { slot: "child", is: 0 } },
      call(why, "ppoll", [0, 0, { struct: [{ u64: 0 }, { u64: parentLagsMs * 1_000_000 }] }, 0, 8]),
      { tell: "pid", value: { slot: "child" } },
      { exit: 0 },
      { label: "in-child" },
      ...child,
      { exit: 0 },
    ],
  };
}

function start(program: Program): { readonly init: InitProcess } & Disposable {
  using stack = new DisposableStack();
  const report = openPipe(kernel);
  const sync = openPipe(kernel);
  stack.use(report.read);
  stack.use(sync.write);
  using theirs = new DisposableStack();
  theirs.use(report.write);
  theirs.use(sync.read);
  const nothing = theirs.use(open(kernel, "/dev/null", ["O_RDWR"])).number;
  const init = new InitProcess(
    kernel,
    {
      program,
      name: "test",
      stdio: [nothing, nothing, nothing],
      preserved: [],
      descriptors: new Map([
        ["report", report.write.number],
        ["sync", sync.read.number],
      ]),
      namespaces: 0n,
    },
    report.read,
    sync.write,
  );
  const ends = stack.move();
  return { init, [Symbol.dispose]: () => ends.dispose() };
}

function end(init: InitProcess): void {
  reap(kernel, init.pidfd, "block");
  kernel.call("close", init.pidfd);
}

test.each(["limits", "runtimeHooks", "listener"] as const satisfies NoteName[])(
  "a child that asks for %s before its parent has told its pid is known by it all the same",
  async (note) => {
    using started = start(forking({ tell: note }, ...waitForSync("wait")));
    const { init } = started;
    const parent = init.pid;
    let pid = 0;

    await init.untilExecuted({
      [note]: () => {
        ({ pid } = init);
      },
    });

    expect(pid).toBeGreaterThan(0);
    expect(pid).not.toBe(parent);
    expect(pid).toBe(init.pid);
    end(init);
  },
);

test("a child that is ready before its parent has told its pid is known by it all the same", async () => {
  using started = start(forking({ tell: "ready" }));
  const { init } = started;
  const parent = init.pid;

  await init.untilReady({});

  expect(init.pid).not.toBe(parent);
  end(init);
});

test("a child that fails before its parent has told its pid is told of, and reaped as ours", async () => {
  using started = start(forking({ fail: "EIO", ...purpose("/field", "do it") }));
  const { init } = started;
  const parent = init.pid;

  await expect(init.untilReady({})).rejects.toThrow(
    "Cannot do it (/field): input/output error (EIO)",
  );

  expect(init.pid).not.toBe(parent);
  init.abandon();
});
