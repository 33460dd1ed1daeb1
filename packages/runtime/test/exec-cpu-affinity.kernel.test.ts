import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Process } from "@ctr/spec";
import type { Container } from "../src/index.ts";
import { TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const all = cpusOf("self");
const needsTwo = test.skipIf(availableParallelism() < 2 || all !== "0-1");
let container: Container;

beforeAll(async () => {
  const config = withProcess(bundle.config("exec sleep 1000"), {
    execCPUAffinity: { final: "0" },
  });
  container = await bundle.create(withLinux(config, { resources: { cpu: { cpus: "0-1" } } }));
  await container.start();
});
afterAll(() => container.delete({ force: true }));

function cpusOf(pid: number | string): string {
  return /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

/** Returns the CPUs that an executed process may run on. */
async function execute(affinity: Process["execCPUAffinity"]): Promise<string> {
  const executed = await container.exec({
    process: {
      args: ["/bin/sleep", "1000"],
      cwd: "/",
      ...(affinity === undefined ? {} : { execCPUAffinity: affinity }),
    },
  });
  const cpus = cpusOf(executed.pid);
  executed.kill("KILL");
  await executed.exited;
  return cpus;
}

needsTwo("the first process runs on all CPUs of its cgroup", () => {
  expect(cpusOf(container.pid)).toBe("0-1");
});

needsTwo("a process runs on the final CPUs", async () => {
  expect(await execute({ initial: "0", final: "1" })).toBe("1");
  expect(await execute({ final: "0,1" })).toBe("0-1");
});

needsTwo("without a list of its own it has the container's", async () => {
  expect(await execute(undefined)).toBe("0");
});

needsTwo("with initial CPUs alone the kernel decides once it is in the cgroup", async () => {
  expect(["0", "0-1"]).toContain(await execute({ initial: "0" }));
});

test("CPUs that do not exist are refused by name", async () => {
  await expect(execute({ final: "8191" })).rejects.toThrow(
    "Cannot run on the CPUs 8191 (/execCPUAffinity/final): invalid argument (EINVAL)",
  );
  await expect(execute({ initial: "x" })).rejects.toThrow("/execCPUAffinity/initial: ");
  expect(container.status()).toBe("running");
});
