/** `bunc explain`: what it prints is what is executed, for create and exec, as text, as JSON and as a difference. */

import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, cpSync, existsSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Process } from "@ctr/spec";
import { openPipe } from "../src/container/process/pipes.ts";
import { describeProgram, explainProgram, plan, planExecution } from "../src/index.ts";
import { linuxKernel } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { type Outcome, outcomeOf, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** As what it prints to: a process that is executed gives pipes to its user, unless somebody has given them to him before. */
const pipe = openPipe(linuxKernel());
const nothing = openSync("/dev/null", "r");
const stdio = { stdin: nothing, stdout: pipe.write.number, stderr: pipe.write.number };
afterAll(() => {
  closeSync(nothing);
  pipe.read[Symbol.dispose]();
  pipe.write[Symbol.dispose]();
});

function bunc(...args: readonly string[]): Promise<Outcome> {
  return outcomeOf([...buncCommand, "--root", bundle.root, ...args], bundle.bundle);
}

function write(config: Config, directory = bundle.bundle): void {
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
}

const executed: Process = {
  args: ["sh", "-c", "id"],
  cwd: "/tmp",
  env: ["PATH=/bin"],
  user: { uid: 1000, gid: 1000 },
  execCPUAffinity: { initial: "0", final: "0" },
};
const processFile = join(bundle.path, "process.json");
writeFileSync(processFile, JSON.stringify(executed));

/** Another bundle with the same root filesystem. */
function otherBundle(config: Config): string {
  const directory = join(bundle.path, "other");
  cpSync(bundle.bundle, directory, { recursive: true, verbatimSymlinks: true });
  write(config, directory);
  return directory;
}

/** Lines that differ; where the root filesystem lies is another place in any case. */
function changesIn(text: string): string[] {
  return text.split("\n").filter((line) => /^[-+] *[0-9]/.test(line) && !line.includes("/rootfs"));
}

describe("bunc explain", () => {
  test("prints the program that create assembles, and makes nothing", async () => {
    const config = bundle.config("true");
    write(config);
    const { stdout, stderr, status } = await bunc("explain", bundle.bundle);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(explainProgram(plan({ bundle: bundle.bundle })));
    expect(stdout).toContain("pivot_root(");
    expect(existsSync(bundle.root) ? readdirSync(bundle.root) : []).toEqual([]);
  });

  test("prints the program of a process that is executed, field by field", async () => {
    write(bundle.config("true"));
    const { stdout, stderr, status } = await bunc("explain", "--exec", processFile, bundle.bundle);
    expect([status, stderr]).toEqual([0, ""]);
    const expected = planExecution({ bundle: bundle.bundle, process: executed, stdio });
    expect(explainProgram(expected)).toContain("fchown(1, 1000");
    expect(stdout).toBe(explainProgram(expected));
    for (const part of ["setns(", "sched_setaffinity(", "/execCPUAffinity/initial", "/user/uid"]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain("pivot_root(");
  });

  test("as JSON has the same steps", async () => {
    write(bundle.config("true"));
    for (const [args, expected] of [
      [[], plan({ bundle: bundle.bundle })],
      [["--exec", processFile], planExecution({ bundle: bundle.bundle, process: executed, stdio })],
    ] as const) {
      const { stdout } = await bunc("explain", "--format", "json", ...args, bundle.bundle);
      expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(describeProgram(expected))));
    }
  });

  test("tells what is otherwise in another bundle, and nothing when nothing is", async () => {
    write(bundle.config("true"));
    const other = otherBundle(
      withLinux(bundle.config("true"), { sysctl: { "net.ipv4.ip_forward": "1" } }),
    );
    const { stdout } = await bunc("explain", "--diff", bundle.bundle, other);
    const added = changesIn(stdout).filter((line) => line.startsWith("+"));
    expect(added.length).toBeGreaterThan(0);
    for (const line of added) expect(line).toContain("sysctl");

    const same = otherBundle(bundle.config("true"));
    const { stdout: nothing } = await bunc("explain", "--diff", same, bundle.bundle);
    expect(changesIn(nothing)).toEqual([]);
  });

  test("tells what is otherwise for an executed process", async () => {
    write(bundle.config("true"));
    const other = otherBundle(
      withLinux(bundle.config("true"), { personality: { domain: "LINUX32" } }),
    );
    const { stdout } = await bunc("explain", "--exec", processFile, "--diff", bundle.bundle, other);
    expect(stdout).toMatch(/^\+.*personality/m);
  });

  test("refuses what create and exec would refuse", async () => {
    write(withProcess(bundle.config("true"), { cwd: "relative" }));
    expect((await bunc("explain", bundle.bundle)).status).toBe(1);
    write(bundle.config("true"));
    const wrong = join(bundle.path, "wrong.json");
    writeFileSync(wrong, JSON.stringify({ ...executed, execCPUAffinity: { initial: "3-1" } }));
    const { status, stderr } = await bunc("explain", "--exec", wrong, bundle.bundle);
    expect([status, stderr]).toEqual([1, expect.stringContaining("execCPUAffinity")]);
    expect((await bunc("explain", "--exec", "/nonexistent", bundle.bundle)).status).toBe(1);
    expect((await bunc("explain", "--format", "xml", bundle.bundle)).status).toBe(1);
  });
});
