/**
 * What a system call costs under Docker's default profile: without a filter, under the filter that bunc compiles, and under
 * libseccomp's as runc loads it. The kernel remembers which calls are always allowed and asks no filter about them, so what
 * shows the filter is a call that is allowed by its argument, and one that is refused.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Config, defaultConfig, dockerSeccomp } from "@ctr/spec";
import { header, row, summarize } from "./statistics.ts";

const calls = [
  // Numbers of x86-64 and arm64.
  { what: "allowed always: getppid", numbers: [110, 173] },
  { what: "allowed by its argument: personality", numbers: [135, 92] },
  { what: "refused: kexec_load", numbers: [246, 104] },
] as const;

/** What each gets: with it, personality(2) only asks. */
const argument = 0xffff_ffff;

/** Measures and returns the table. */
export async function benchSeccomp(dist: string, runs: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ctr-bench-seccomp-"));
  try {
    const filtered = await bundle(folder, "filtered", true);
    const free = await bundle(folder, "free", false);
    const runtimes = [
      { name: "no filter", command: [join(dist, "bunc")], bundle: free },
      { name: "bunc", command: [join(dist, "bunc")], bundle: filtered },
      { name: "runc", command: ["runc"], bundle: filtered },
    ];
    const samples = calls.map(() => runtimes.map((): number[] => []));
    for (let round = 0; round < runs; round++) {
      for (const [at, runtime] of runtimes.entries()) {
        const costs = await measure(folder, runtime);
        for (const [index, cost] of costs.entries()) samples[index]?.[at]?.push(cost);
      }
    }
    const lines = calls.flatMap(({ what }, index) => {
      const [base = 0, ours = 0, theirs = 0] = (samples[index] ?? []).map(
        (sample) => summarize(sample).median,
      );
      const ratio = `the filter: ${(ours - base).toFixed(0)} ns, runc's: ${(theirs - base).toFixed(0)} ns`;
      return runtimes.map(({ name }, at) =>
        row(`${what}, ${name}`, samples[index]?.[at] ?? [], "ns", name === "bunc" ? ratio : ""),
      );
    });
    return [header, ...lines].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A bundle that shows of this machine what Bun and the program need. */
async function bundle(folder: string, name: string, filter: boolean): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, "rootfs"), { recursive: true });
  const base = defaultConfig();
  const architectures = [
    process.arch === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64",
  ] as const;
  const shown = ["/usr", "/lib", "/lib64", import.meta.dir, dirname(process.execPath)];
  const config: Config = {
    ...base,
    root: { path: "rootfs" },
    mounts: [
      ...(base.mounts ?? []),
      ...shown.filter(existsSync).map((directory) => ({
        destination: directory,
        source: directory,
        type: "bind",
        options: ["rbind", "ro"],
      })),
    ],
    process: { ...base.process, cwd: "/", terminal: false },
    linux: { ...base.linux, ...(filter ? { seccomp: dockerSeccomp({ architectures }) } : {}) },
  };
  await Bun.write(join(path, "base.json"), JSON.stringify(config));
  return path;
}

interface Measured {
  readonly command: readonly string[];
  readonly bundle: string;
}

async function measure(
  folder: string,
  { command, bundle: path }: Measured,
): Promise<readonly number[]> {
  const config = await Bun.file(join(path, "base.json")).json();
  const loop = join(import.meta.dir, "seccomp-loop.ts");
  const numbers = calls.map((call) => call.numbers[process.arch === "arm64" ? 1 : 0]);
  config.process.args = [process.execPath, loop, String(argument), ...numbers.map(String)];
  await writeFile(join(path, "config.json"), JSON.stringify(config));
  const id = `ctr-bench-seccomp-${process.pid}`;
  const root = join(folder, "root");
  const child = Bun.spawn([...command, "--root", root, "run", "--bundle", path, id], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const [text, status] = await Promise.all([child.stdout.text(), child.exited]);
  if (status !== 0) throw new Error(`The loop under ${command.join(" ")} ended with ${status}`);
  return JSON.parse(text);
}
