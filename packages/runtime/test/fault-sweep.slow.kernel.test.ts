/**
 * Every system call of the launcher and every step of the program is made to fail once. Whatever fails, nothing is
 * left behind, and the error says what failed.
 */

import { afterAll, afterEach, describe, expect, mock, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { ContainerError } from "@ctr/spec";
import { openDescriptors, openedSince } from "tools/open-descriptors";
import { load } from "../src/index.ts";
import { FaultingKernel, linuxKernel } from "../src/kernel/index.ts";
import type { Architecture } from "../src/machine/syscalls.ts";
import { assemble } from "../src/program/assemble.ts";
import type { Program, Step } from "../src/program/step.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Hundreds of containers are made: that takes a minute and more where others want the processors, too. */
const deadlineMs = 900_000;

/** The step that is replaced, and what it was. */
let failing = -1;
let replaced: Step | undefined;
let steps = 0;

// Whatever fails here, the programs of other tests are as they should be.
afterEach(() => {
  failing = -1;
});

const realAssemble = assemble;
mock.module("../src/program/assemble.ts", () => ({
  assemble: (program: Program, architecture?: Architecture): Uint8Array => {
    steps = program.steps.length;
    replaced = program.steps[failing];
    return realAssemble({ ...program, steps: program.steps.map(failAt) }, architecture);
  },
}));

function failAt(step: Step, index: number): Step {
  if (index !== failing || !("call" in step)) return step;
  const { origin, does } = step;
  return { fail: "EIO", origin, does };
}

const config = bundle.config("exit 0", (base) =>
  withLinux(
    withProcess(
      {
        ...base,
        domainname: "test",
        mounts: [
          ...(base.mounts ?? []),
          {
            destination: "/mnt/new/place",
            type: "bind",
            source: "/bin",
            options: ["rbind", "ro", "rslave"],
          },
          { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"] },
        ],
        hooks: { createContainer: [{ path: "/bin/true", timeout: 10 }] },
      },
      { user: { uid: 1000, gid: 1000, additionalGids: [5], umask: 0o27 }, oomScoreAdj: 100 },
    ),
    {
      sysctl: { "net.ipv4.ip_forward": "1" },
      devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, uid: 1000, gid: 1000 }],
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }],
      },
    },
  ),
);

/** What there is before and must be after: descriptors, children, mounts. */
interface Inventory {
  readonly children: readonly string[];
  readonly descriptors: readonly string[];
  readonly mounts: readonly string[];
}

const nothing: Inventory = { children: [], descriptors: [], mounts: [] };

function inventory(): Inventory {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === process.pid);
  return {
    children,
    descriptors: openDescriptors(),
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n"),
  };
}

/** Waits until nothing new is there, and no mount is gone: children that have ended are reaped when their signal is handled. */
async function expectAgain(before: Inventory): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!Bun.deepEquals(leftSince(before), nothing) && performance.now() < deadline)
    await Bun.sleep(5);
  expect(leftSince(before)).toEqual(nothing);
}

/** What is there now and was not before. What earlier tests have left may go at any time. */
function leftSince(before: Inventory): Inventory {
  const { children, mounts } = inventory();
  const gone = before.mounts.filter((line) => !mounts.includes(line));
  return {
    children: children.filter((pid) => !before.children.includes(pid)),
    descriptors: openedSince(before.descriptors),
    mounts: [...mounts.filter((line) => !before.mounts.includes(line)), ...gone],
  };
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

describe("the fault sweep", () => {
  test(
    "every step of the program of create",
    async () => {
      failing = -1;
      expect((await bundle.run(config)).status).toBe(0);
      const before = inventory();
      let failures = 0;
      for (failing = 0; failing < steps; failing++) {
        const id = bundle.id();
        const error = await attempt(id);
        expect(bundle.remains(id)).toEqual([]);
        if (error === undefined) continue;
        failures++;
        const does = replaced !== undefined && "does" in replaced ? replaced.does : "";
        expect(error.message).toContain(does);
        expect(error.message).toContain("EIO");
      }
      await expectAgain(before);
      // Steps behind a jump are not reached: what has to be made is there already.
      expect(failures).toBeGreaterThan(steps / 3);
      failing = -1;
    },
    deadlineMs,
  );

  test(
    "every system call of the launcher of create",
    async () => {
      failing = -1;
      const before = inventory();
      let count = 0;
      for (let call = 1; count === 0; call++) {
        const kernel = new FaultingKernel(linuxKernel(), call);
        const id = bundle.id();
        const container = await bundle.create(config, { kernel }, id).catch((error: unknown) => {
          expect(error).toBeInstanceOf(Error);
        });
        if (container !== undefined) {
          await load(id, { root: bundle.root }).delete({ force: true });
          await container.exited;
          // Lets go of what this object holds; the call that is to fail may come only now.
          await container.delete({ force: true }).catch(() => undefined);
        }
        if (kernel.failed === undefined) count = kernel.count;
        expect([kernel.failed, bundle.remains(id)]).toEqual([kernel.failed, []]);
      }
      expect(count).toBeGreaterThan(50);
      await expectAgain(before);
    },
    deadlineMs,
  );

  test(
    "every step of the program of exec",
    async () => {
      failing = -1;
      const container = await bundle.create(bundle.config("exec sleep 1000"));
      await container.start();
      const exec = async (): Promise<number> => {
        const process = await container.exec({
          process: { args: ["/bin/true"], cwd: "/", user: { uid: 1000, gid: 1000 } },
          stdio: { stdin: 0, stdout: 1, stderr: 2 },
        });
        return (await process.exited).status;
      };
      expect(await exec()).toBe(0);
      const before = inventory();
      for (failing = 0; failing < steps; failing++) {
        const status = await exec().catch((error: unknown) => {
          expect(error).toBeInstanceOf(ContainerError);
          expect(String(error)).toContain("EIO");
        });
        expect(status ?? 0).toBe(0);
        expect(container.pids()).toEqual([container.pid]);
      }
      failing = -1;
      await expectAgain(before);
      await container.delete({ force: true });
    },
    deadlineMs,
  );
});

async function attempt(id: string): Promise<Error | undefined> {
  const container = await bundle.create(config, {}, id).catch((error: Error) => error);
  if (container instanceof Error) return container;
  try {
    await container.start();
    await container.exited;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await container.delete({ force: true });
  }
}
