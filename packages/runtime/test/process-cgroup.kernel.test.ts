import { afterAll, expect, test } from "bun:test";
import { cgroupOfProcess } from "../src/index.ts";
import { TestBundle } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

test("cgroupOfProcess() finds the cgroup that a process is in", async () => {
  const container = await bundle.create(bundle.config("exec sleep 1000"));
  await container.start();

  const cgroup = cgroupOfProcess(container.pid);

  const { memory, pids } = container.stats();
  expect(cgroup.stats().pids).toEqual(pids);
  expect(cgroup.stats().memory.usage?.limit).toEqual(memory.usage?.limit);
  expect(cgroup.oomKills).toBe(0);
  const { exited, pid } = container;
  await container.kill("KILL");
  await exited;
  expect(() => cgroupOfProcess(pid)).toThrow("there is no such process");
  await container.delete();
});

test("cgroupOfProcess() refuses a process that is in our own", async () => {
  const child = Bun.spawn(["sleep", "1000"]);
  try {
    expect(() => cgroupOfProcess(child.pid)).toThrow("it is in the same cgroup");
  } finally {
    child.kill();
    await child.exited;
  }
});
