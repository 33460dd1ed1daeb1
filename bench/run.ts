/**
 * Runs the benchmarks and prints their tables: `bun bench/run.ts [command|library|daemon|memory|seccomp|spec]...`
 *
 * crun 1.8 cannot run on a hybrid cgroup layout. Where there is one, the whole measurement moves into a private mount
 * namespace without the v2 mount, so that all runtimes see the same.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { benchCommand } from "./command.ts";
import { benchDaemon } from "./daemon.ts";
import { benchLibrary } from "./library.ts";
import { benchMemory } from "./memory.ts";
import { benchSeccomp } from "./seccomp.ts";
import { benchSpec } from "./spec.ts";

const dist = join(import.meta.dir, "..", "dist");

const benchmarks: Readonly<Record<string, () => Promise<string>>> = {
  command: () => benchCommand(dist, 40),
  library: () => benchLibrary(dist, 500),
  daemon: () => benchDaemon(dist, 60),
  memory: () => benchMemory(dist),
  seccomp: () => benchSeccomp(dist, 5),
  spec: () => benchSpec(400),
};

async function main(argv: readonly string[]): Promise<number> {
  const names = argv.length > 0 ? argv : Object.keys(benchmarks);
  if (existsSync("/sys/fs/cgroup/unified/cgroup.procs") && !process.env["CTR_BENCH_PRIVATE"]) {
    const script = `umount /sys/fs/cgroup/unified && CTR_BENCH_PRIVATE=1 exec "$0" "$@"`;
    const command = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      script,
      process.execPath,
      import.meta.path,
      ...argv,
    ];
    return Bun.spawn(command, { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exited;
  }
  process.stdout.write(
    `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Linux ${release()}, Bun ${Bun.version}\n`,
  );
  for (const name of names) {
    const benchmark = benchmarks[name];
    if (benchmark === undefined) {
      process.stderr.write(
        `Cannot find the benchmark "${name}": there are ${Object.keys(benchmarks).join(", ")}\n`,
      );
      return 2;
    }
    process.stdout.write(`\n${await benchmark()}\n`);
  }
  return 0;
}

process.exit(await main(process.argv.slice(2)));
